-- name: pull_request_size
-- title: Pull request size
-- unit: lines
-- direction: lower
-- kind: percentile
-- description: How many lines a merged pull request adds and deletes. Small ones are reviewed sooner and better. It
--   counts in the period of the merge. Pull requests by programs are excluded, and so are those that were closed without a
--   merge; open ones are open. One that was open when its repository was deleted is excluded, too.
-- formula: lines added + lines deleted; median and 90th percentile over the merged
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
  CAST(additions + deletions AS DOUBLE) AS value,
  state = 'open' AS open,
  CASE
    WHEN by_bot THEN 'bot'
    WHEN state = 'closed' THEN 'not merged'
    WHEN state = 'merged' AND (additions IS NULL OR deletions IS NULL) THEN 'size not known'
    ELSE excluded
  END AS excluded
FROM facts.pull_requests
WHERE state <> 'open' OR opened_at IS NOT NULL
