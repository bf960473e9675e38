-- name: pull_request_rework_time
-- title: Pull request rework time
-- unit: working seconds
-- direction: lower
-- kind: percentile
-- description: How much of its review a pull request spends in rework: from each request for changes to the next review.
--   One without such a request has none, which is 0. In working hours of the tenant's calendar. It counts in the period of
--   the merge. Pull requests by programs are excluded, and so are those that were closed without a merge; open ones are
--   open. One that was open when its repository was deleted is excluded, too.
-- formula: sum of (next review − request for changes); median and 90th percentile over the merged
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
  rework_seconds AS value,
  state = 'open' AS open,
  CASE
    WHEN by_bot THEN 'bot'
    WHEN state = 'closed' THEN 'not merged'
    WHEN state = 'merged' AND rework_seconds IS NULL THEN 'no review'
    ELSE excluded
  END AS excluded
FROM facts.pull_requests
WHERE state <> 'open' OR opened_at IS NOT NULL
