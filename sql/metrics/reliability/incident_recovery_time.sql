-- name: incident_recovery_time
-- title: Time to recover
-- unit: seconds
-- direction: lower
-- kind: percentile
-- description: How long service is impaired: from when an incident began to when it was resolved, whatever caused it.
--   It counts in the period in which it began; unresolved ones are open. Failed deployment recovery time is of
--   failures that a deployment caused. One that was open when its project or repository was deleted is excluded. What
--   was closed without having been an incident, as a duplicate or a false alarm, is excluded as abandoned.
-- formula: resolved − began; median and 90th percentile over the resolved incidents
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, severity
-- subject: incident
-- minimum_n: 10
-- version: 3
-- source: own definition
SELECT
  began_at AS at,
  repository_id,
  project_id,
  team_id,
  team_id AS owning_team_id,
  severity,
  id AS subject_id,
  recovery_seconds AS value,
  is_open AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN recovery_seconds IS NULL AND NOT is_open THEN 'no recovery time'
  END AS excluded
FROM facts.incidents
