-- name: traced_changes
-- title: Changes with a lead time
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of changes of which a lead time is known. The others have a reason: not deployed yet,
--   carried by a first deployment, without a first commit, or with times that make no sense.
-- formula: changes with a lead time ÷ changes
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
  CASE WHEN lead_seconds IS NOT NULL THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CAST(NULL AS VARCHAR) AS excluded,
  CASE WHEN lead_seconds IS NULL THEN COALESCE(excluded, 'no lead time') END AS lacks
FROM facts.changes
