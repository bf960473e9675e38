-- name: build_time
-- title: Build time
-- unit: seconds
-- direction: lower
-- kind: percentile
-- description: How long a run of a build or test pipeline takes that succeeds. Each attempt is a run. Cancelled runs are
--   excluded, running ones are open.
-- formula: finish − start; median and 90th percentile over the successful runs
-- grain: day, week, month
-- dimensions: repository, project, owning_team
-- subject: build
-- minimum_n: 10
-- version: 1
-- source: own definition
SELECT
  COALESCE(finished_at, started_at) AS at,
  builds.repository_id,
  owners.project_id,
  CAST(NULL AS VARCHAR) AS team_id,
  owners.team_id AS owning_team_id,
  id AS subject_id,
  CAST(arrow_cast(finished_at, 'Int64') - arrow_cast(started_at, 'Int64') AS DOUBLE) / 1000000 AS value,
  status = 'running' AS open,
  CASE
    WHEN status IN ('cancelled', 'failed') THEN status
    WHEN status = 'succeeded' AND (started_at IS NULL OR finished_at IS NULL) THEN 'no such time'
    WHEN status = 'succeeded' AND finished_at < started_at THEN 'negative'
  END AS excluded
FROM core.builds AS builds
LEFT JOIN (
  {repository_owners}
) AS owners ON owners.repository_id = builds.repository_id
WHERE builds.deleted_at IS NULL
