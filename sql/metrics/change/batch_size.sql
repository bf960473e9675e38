-- name: batch_size
-- title: Batch size
-- unit: commits
-- direction: lower
-- kind: percentile
-- description: How many commits a successful production deployment is the first to carry. Small batches are easier to
--   understand, to test and to take back. First deployments are excluded, and so are those that carried nothing new or
--   whose commits are not known.
-- formula: commits first carried; median and 90th percentile over the deployments
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: deployment
-- minimum_n: 10
-- version: 1
-- source: https://dora.dev/capabilities/working-in-small-batches/
SELECT
  COALESCE(finished_at, started_at) AS at,
  repository_id,
  project_id,
  team_id,
  team_id AS owning_team_id,
  id AS subject_id,
  CAST(commits AS DOUBLE) AS value,
  FALSE AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN is_baseline THEN 'baseline'
    WHEN commits IS NULL OR commits = 0 THEN 'no commits'
  END AS excluded
FROM facts.deployments
