-- name: failed_deployment_recovery_time
-- title: Failed deployment recovery time
-- unit: seconds
-- direction: lower
-- kind: percentile
-- description: How long it takes to recover from a production deployment that needed immediate intervention. It counts
--   in the period in which the deployment finished. Failures that nobody has recovered from yet are shown as open:
--   they have no time that could be counted, and leaving them out of sight would make the figure look better than it
--   is. What was closed without having been an incident, as a duplicate or a false alarm, does not count as one.
-- formula: resolution of the last incident that the deployment caused, or finish of its repair − finish of the deployment;
--   median and 90th percentile over the recovered deployments
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
  recovery_seconds AS value,
  COALESCE(recovery_open, FALSE) AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN recovery_seconds IS NULL AND NOT COALESCE(recovery_open, FALSE) THEN 'no recovery time'
  END AS excluded
FROM facts.deployments
WHERE failed
