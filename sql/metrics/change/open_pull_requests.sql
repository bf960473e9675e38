-- name: open_pull_requests
-- title: Open pull requests
-- unit: pull requests
-- direction: neither
-- kind: level
-- description: How many pull requests could be reviewed and were neither merged nor closed at the end of a period; of
--   one that still runs, now. Drafts do not count, and pull requests by programs are excluded. One that left draft and
--   is one again is excluded while it is. One that was open when its repository was deleted is excluded, too.
-- formula: pull requests opened before and not closed by the end of the period
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: pull_request
-- since: change
-- minimum_n: 10
-- version: 4
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
