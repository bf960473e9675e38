-- name: working_hours_incidents
-- title: Incidents in working hours
-- unit: ratio
-- direction: neither
-- kind: ratio
-- description: The share of incidents that began in working hours. The rest got somebody up, or waited for the
--   morning. What was closed without having been an incident, as a duplicate or a false alarm, is excluded as
--   abandoned.
-- formula: incidents that began in working hours ÷ incidents
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
  CASE WHEN on_hours THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN on_hours IS NULL THEN 'working hours not known'
  END AS excluded
FROM facts.incidents
