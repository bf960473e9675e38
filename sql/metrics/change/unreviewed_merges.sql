-- name: unreviewed_merges
-- title: Unreviewed merges
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of pull requests that were merged without a review by another person. Who reviewed one while it was
--   a draft has seen it. Where nobody knows who reviewed it, it is excluded. Pull requests by programs are excluded, and so
--   are those that do not go into the default branch.
-- formula: merged pull requests without a review by another person ÷ merged pull requests
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
  CASE WHEN is_reviewed = FALSE THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE
    WHEN by_bot THEN 'bot'
    WHEN is_to_default = FALSE THEN 'not to the default branch'
    WHEN is_reviewed IS NULL THEN 'review not known'
  END AS excluded
FROM facts.pull_requests
WHERE state = 'merged'
