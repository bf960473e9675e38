-- name: attributed_incidents
-- title: Incidents with a team
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of incidents that belong to a team: the one that owns the service that failed. The others are
--   in no team's figures. What was closed without having been an incident, as a duplicate or a false alarm, is
--   excluded as abandoned.
-- formula: incidents with a team ÷ incidents
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: incident
-- minimum_n: 1
-- version: 2
-- source: own definition
SELECT
  began_at AS at,
  repository_id,
  project_id,
  team_id,
  team_id AS owning_team_id,
  id AS subject_id,
  CASE WHEN team_id IS NOT NULL THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  excluded,
  CASE WHEN team_id IS NULL THEN CASE WHEN project_id IS NULL THEN 'no project' ELSE 'no owner' END END AS lacks
FROM facts.incidents
