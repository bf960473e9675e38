-- name: pull_request_pickup_time
-- title: Pull request pickup time
-- unit: working seconds
-- direction: lower
-- kind: percentile
-- description: How long a pull request waits for its first review by another person, from when it could be reviewed. In
--   working hours of the tenant's calendar. It counts in the period of the merge. Pull requests by programs are excluded,
--   and so are those that were closed without a merge; open ones are open. One that was open when its repository was deleted
--   is excluded, too.
-- formula: first review by another person − opened, or left draft; median and 90th percentile over the merged
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: pull_request
-- minimum_n: 10
-- version: 2
-- source: https://google.github.io/eng-practices/review/reviewer/speed.html
SELECT
  COALESCE(merged_at, closed_at, opened_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  pickup_seconds AS value,
  state = 'open' AS open,
  CASE
    WHEN by_bot THEN 'bot'
    WHEN state = 'closed' THEN 'not merged'
    WHEN state = 'merged' AND pickup_seconds IS NULL THEN 'no review'
    ELSE excluded
  END AS excluded
FROM facts.pull_requests
WHERE state <> 'open' OR opened_at IS NOT NULL
