-- name: pull_request_review_time
-- title: Pull request review time
-- unit: working seconds
-- direction: lower
-- kind: percentile
-- description: How long the review of a pull request takes, from the first review to the last approval, or to the merge
--   when nobody approved. In working hours of the tenant's calendar. It counts in the period of the merge. Pull requests
--   by programs are excluded, and so are those that were closed without a merge; open ones are open. One that was open when
--   its repository was deleted is excluded, too.
-- formula: last approval, or merge − first review by another person; median and 90th percentile over the merged
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: pull_request
-- minimum_n: 10
-- version: 2
-- source: own definition
SELECT
  COALESCE(merged_at, closed_at, opened_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  review_seconds AS value,
  state = 'open' AS open,
  CASE
    WHEN by_bot THEN 'bot'
    WHEN state = 'closed' THEN 'not merged'
    WHEN state = 'merged' AND review_seconds IS NULL THEN 'no review'
    ELSE excluded
  END AS excluded
FROM facts.pull_requests
WHERE state <> 'open' OR opened_at IS NOT NULL
