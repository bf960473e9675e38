-- name: build_flakiness
-- title: Build flakiness
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of failed runs after which the same pipeline succeeded on the same commit: nothing was mended,
--   so the failure told of the pipeline and not of the change. Cancelled runs are excluded, running ones are open.
-- formula: failed runs with a later success of the same pipeline on the same commit ÷ failed runs
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
  CASE WHEN finished_at < last_success_at THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  status = 'running' AS open,
  CASE
    WHEN status = 'cancelled' THEN status
    WHEN status = 'failed' AND (name IS NULL OR sha IS NULL OR finished_at IS NULL) THEN 'pipeline, commit or time not known'
  END AS excluded
FROM (
  SELECT
    *,
    max(CASE WHEN status = 'succeeded' THEN finished_at END) OVER (PARTITION BY repository_id, name, sha) AS last_success_at
  FROM core.builds
  WHERE deleted_at IS NULL
) AS builds
LEFT JOIN (
  {repository_owners}
) AS owners ON owners.repository_id = builds.repository_id
WHERE status <> 'succeeded'
