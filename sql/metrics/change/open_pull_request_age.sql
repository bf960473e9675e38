-- name: open_pull_request_age
-- title: Age of open pull requests
-- unit: seconds
-- direction: lower
-- kind: age
-- description: How long the pull requests that were open at the end of a period had been so by then, nights and weekends
--   included; of a period that still runs, by now. Drafts do not count, and pull requests by programs are excluded. One
--   that left draft and is one again is excluded while it is. One that was open when its repository was deleted is
--   excluded, too.
-- formula: end of the period − opened, or left draft; median and 90th percentile over the open
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: pull_request
-- minimum_n: 10
-- version: 3
-- source: own definition
SELECT
  opened_at AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  closed_at AS left_at,
  FALSE AS open,
  CASE
    WHEN by_bot THEN 'bot'
    WHEN state = 'open' AND is_draft THEN 'draft'
    WHEN state <> 'open' AND closed_at IS NULL THEN 'no closing time'
    ELSE excluded
  END AS excluded
FROM facts.pull_requests
WHERE opened_at IS NOT NULL
