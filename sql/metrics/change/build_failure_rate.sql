-- name: build_failure_rate
-- title: Build failure rate
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of finished runs of build and test pipelines that fail. Each attempt is a run. Cancelled runs
--   are excluded, running ones are open.
-- formula: failed runs ÷ runs that failed or succeeded
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
  CASE WHEN status = 'failed' THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  status = 'running' AS open,
  CASE WHEN status = 'cancelled' THEN status END AS excluded
FROM core.builds AS builds
LEFT JOIN (
  {repository_owners}
) AS owners ON owners.repository_id = builds.repository_id
WHERE builds.deleted_at IS NULL
