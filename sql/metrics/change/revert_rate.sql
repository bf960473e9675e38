-- name: revert_rate
-- title: Revert rate
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of merged pull requests that take back an earlier change, as their titles or commits say.
--   What the commits of one take back of each other is no earlier change, and what takes back a revert puts the change in
--   again. Pull requests by programs are excluded.
-- formula: merged pull requests that revert ÷ merged pull requests
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: pull_request
-- minimum_n: 10
-- version: 2
-- source: own definition
SELECT
  merged_at AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  CASE WHEN is_revert THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE
    WHEN by_bot THEN 'bot'
  END AS excluded
FROM facts.pull_requests
WHERE state = 'merged'
