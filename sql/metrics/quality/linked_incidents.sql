-- name: linked_incidents
-- title: Incidents linked to a deployment
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of incidents of which the deployment that caused them is known. Some have another cause: it
--   need not reach 100 %. In SQL the table of incidents says by which rule each is linked, or why not. What was closed
--   without having been an incident, as a duplicate or a false alarm, is excluded as abandoned.
-- formula: incidents with a deployment ÷ incidents
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
  CASE WHEN deployment_id IS NOT NULL THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  excluded,
  CASE WHEN deployment_id IS NULL THEN COALESCE(link_reason, 'no deployment') END AS lacks
FROM facts.incidents
