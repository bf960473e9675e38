-- name: hotfix_rate
-- title: Hotfix rate
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of merged pull requests that are unplanned fixes, as their branches, titles or labels say. Pull
--   requests by programs are excluded.
-- formula: merged pull requests that are hotfixes ÷ merged pull requests
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: pull_request
-- minimum_n: 10
-- version: 1
-- source: own definition
SELECT
  merged_at AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  CASE WHEN is_hotfix THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE
    WHEN by_bot THEN 'bot'
  END AS excluded
FROM facts.pull_requests
WHERE state = 'merged'
