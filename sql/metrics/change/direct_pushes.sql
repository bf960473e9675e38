-- name: direct_pushes
-- title: Direct pushes
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of changes that reached production as a commit outside of any pull request. It counts in the
--   period in which they were deployed. What the first deployment carried is excluded: it is the whole history;
--   and so is what was not deployed yet.
-- formula: commits outside of a pull request ÷ changes
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: change
-- minimum_n: 10
-- version: 2
-- source: own definition
SELECT
  COALESCE(deployed_at, merged_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  CASE WHEN kind = 'commit' THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE WHEN excluded IN ('baseline', 'not deployed') THEN excluded END AS excluded
FROM facts.changes
