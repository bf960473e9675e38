-- name: deployment_rework_rate
-- title: Deployment rework rate
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of production deployments that nobody planned and that were made to fix a production
--   incident. What was closed without having been an incident, as a duplicate or a false alarm, does not count as one.
-- formula: unplanned successful production deployments made to fix a production incident ÷ successful production deployments
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: deployment
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
  CASE WHEN is_rework THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  excluded
FROM facts.deployments
