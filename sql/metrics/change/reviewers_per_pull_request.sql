-- name: reviewers_per_pull_request
-- title: Reviewers of a pull request
-- unit: people
-- direction: neither
-- kind: percentile
-- description: How many other people reviewed a merged pull request: how widely reviewing, and so knowing the code, is
--   spread. Who reviewed one while it was a draft has seen it. It counts in the period of the merge. Pull requests by
--   programs are excluded, and so are those that were closed without a merge; open ones are open. One that was open when
--   its repository was deleted is excluded, too.
-- formula: other people who reviewed it; median and 90th percentile over the merged
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: pull_request
-- minimum_n: 10
-- version: 3
-- source: own definition
SELECT
  COALESCE(merged_at, closed_at, opened_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  CAST(reviewers AS DOUBLE) AS value,
  state = 'open' AS open,
  CASE
    WHEN by_bot THEN 'bot'
    WHEN state = 'closed' THEN 'not merged'
    ELSE excluded
  END AS excluded
FROM facts.pull_requests
WHERE state <> 'open' OR opened_at IS NOT NULL
