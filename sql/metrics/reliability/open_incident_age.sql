-- name: open_incident_age
-- title: Age of open incidents
-- unit: seconds
-- direction: lower
-- kind: age
-- description: How long the incidents that were open at the end of a period had been so by then; of a period that
--   still runs, by now. One that was open when its project or repository was deleted is excluded. What was closed
--   without having been an incident, as a duplicate or a false alarm, is excluded as abandoned.
-- formula: end of the period − began; median and 90th percentile over the open incidents
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
  resolved_at AS left_at,
  FALSE AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN NOT is_open AND resolved_at IS NULL THEN 'no recovery time'
  END AS excluded
FROM facts.incidents
