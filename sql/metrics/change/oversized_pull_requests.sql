-- name: oversized_pull_requests
-- title: Oversized pull requests
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of merged pull requests that add and delete more than 1,000 lines, which is usually too much to
--   review well. They count in the period of the merge. Pull requests by programs are excluded, and so are those that were
--   closed without a merge; open ones are open. One that was open when its repository was deleted is excluded, too.
-- formula: merged pull requests of more than 1,000 lines ÷ merged pull requests
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: pull_request
-- minimum_n: 10
-- version: 2
-- source: https://google.github.io/eng-practices/review/developer/small-cls.html
SELECT
  COALESCE(merged_at, closed_at, opened_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  CASE WHEN additions + deletions > 1000 THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  state = 'open' AS open,
  CASE
    WHEN by_bot THEN 'bot'
    WHEN state = 'closed' THEN 'not merged'
    WHEN state = 'merged' AND (additions IS NULL OR deletions IS NULL) THEN 'size not known'
    ELSE excluded
  END AS excluded
FROM facts.pull_requests
WHERE state <> 'open' OR opened_at IS NOT NULL
