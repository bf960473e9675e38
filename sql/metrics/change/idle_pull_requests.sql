-- name: idle_pull_requests
-- title: Idle pull requests
-- unit: pull requests
-- direction: lower
-- kind: level
-- description: How many pull requests were open and idle at the end of a period; of one that still runs, now. One is idle
--   when nobody committed to it, reviewed it or commented on it for as many whole working days as the tenant says (five,
--   unless it says otherwise), and until somebody does or it is closed. Drafts do not count, and pull requests by programs
--   are excluded. One that left draft and is one again is excluded while it is. One that was open when its repository was
--   deleted is excluded, too.
-- formula: open pull requests on which nobody acted for so many working days, at the end of the period
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: pull_request
-- since: change
-- minimum_n: 10
-- version: 4
-- source: https://google.github.io/eng-practices/review/reviewer/speed.html
SELECT
  idle_from AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  pull_request_id AS subject_id,
  idle_until AS left_at,
  FALSE AS open,
  excluded
FROM facts.pull_request_idles
