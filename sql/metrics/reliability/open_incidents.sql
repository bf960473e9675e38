-- name: open_incidents
-- title: Open incidents
-- unit: incidents
-- direction: lower
-- kind: level
-- description: How many incidents were not resolved at the end of a period; of one that still runs, now. One that was
--   open when its project or repository was deleted is excluded. What was closed without having been an incident, as a
--   duplicate or a false alarm, is excluded as abandoned.
-- formula: incidents that began before and were not resolved by the end of the period
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, severity
-- subject: incident
-- since: deployment
-- minimum_n: 10
-- version: 4
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
