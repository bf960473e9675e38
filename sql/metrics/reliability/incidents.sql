-- name: incidents
-- title: Incidents
-- unit: incidents per week
-- direction: lower
-- kind: count
-- description: How many incidents begin. Periods without any count as zero, from the first deployment on. By severity
--   it is the mix, with the share of each; those without a severity are a group of their own. What was closed without
--   having been an incident, as a duplicate or a false alarm, is excluded as abandoned.
-- formula: incidents ÷ weeks; over the whole span also median and 90th percentile of the complete periods
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, severity
-- subject: incident
-- since: deployment
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
  FALSE AS open,
  excluded
FROM facts.incidents
