-- name: change_fail_rate
-- title: Change fail rate
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of successful production deployments that needed immediate intervention: an incident, a
--   rollback or a hotfix is linked to them. A deployment counts once, however many incidents it caused. Deployments
--   that failed before they reached production are shown as excluded, not counted. What was closed without having been
--   an incident, as a duplicate or a false alarm, does not count as one.
-- formula: successful production deployments that needed immediate intervention ÷ successful production deployments
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
  CASE WHEN failed THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  excluded
FROM facts.deployments
