-- name: deployment_frequency
-- title: Deployment frequency
-- unit: deployments per week
-- direction: higher
-- kind: count
-- description: How often production is deployed to with success. Periods without a deployment count as zero, from the
--   first commit on. Seven calendar days are a week, and of a period that is still running only the part that has
--   passed counts.
-- formula: successful production deployments ÷ weeks; over the whole span also median and 90th percentile of the complete periods
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: deployment
-- since: change
-- minimum_n: 10
-- version: 2
-- source: https://dora.dev/guides/dora-metrics
SELECT
  COALESCE(finished_at, started_at) AS at,
  repository_id,
  project_id,
  team_id,
  team_id AS owning_team_id,
  id AS subject_id,
  FALSE AS open,
  excluded
FROM facts.deployments
