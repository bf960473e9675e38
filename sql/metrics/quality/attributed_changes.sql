-- name: attributed_changes
-- title: Changes with a team
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of changes that belong to a team, by their author or by the project of their repository. The
--   others are in no team's figures.
-- formula: changes with a team ÷ changes
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: change
-- minimum_n: 1
-- version: 1
-- source: own definition
SELECT
  COALESCE(deployed_at, merged_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  CASE WHEN team_id IS NOT NULL THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CAST(NULL AS VARCHAR) AS excluded,
  CASE WHEN team_id IS NULL THEN CASE WHEN project_id IS NULL THEN 'no project' ELSE 'no owner' END END AS lacks
FROM facts.changes
