-- name: incident_acknowledge_time
-- title: Time to acknowledge
-- unit: seconds
-- direction: lower
-- kind: percentile
-- description: How long it takes until somebody takes up an incident, nights and weekends included. It counts in the
--   period in which the incident began. Incidents that nobody has taken up and that are not resolved are open. What
--   was closed without having been an incident, as a duplicate or a false alarm, is excluded as abandoned.
-- formula: taken up − began; median and 90th percentile over the incidents
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, severity
-- subject: incident
-- minimum_n: 10
-- version: 2
-- source: own definition
SELECT
  began_at AS at,
  repository_id,
  project_id,
  team_id,
  team_id AS owning_team_id,
  severity,
  id AS subject_id,
  acknowledge_seconds AS value,
  is_open AND acknowledged_at IS NULL AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN acknowledge_seconds IS NULL AND NOT (is_open AND acknowledged_at IS NULL) THEN 'not acknowledged'
  END AS excluded
FROM facts.incidents
