-- name: work_in_progress
-- title: Work in progress
-- unit: items
-- direction: neither
-- kind: level
-- description: How many work items were begun and not done at the end of a period; of one that still runs, now. An
--   item is in progress from when work on it first began until it was last done, also while it waits. Epics and
--   subtasks are excluded, and so are items whose status is not mapped: nobody knows whether they are done. What is
--   closed without being done is in progress until then.
-- formula: items begun before and not done by the end of the period; over the whole span at its end, and median and 90th
--   percentile over the ends of the complete periods
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, class, kind
-- subject: work_item
-- since: work_item
-- minimum_n: 10
-- version: 3
-- source: https://kanbanguides.org/english/
SELECT
  started_at AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  class,
  kind,
  id AS subject_id,
  COALESCE(done_at, abandoned_at) AS left_at,
  FALSE AS open,
  excluded
FROM facts.work_items
WHERE started_at IS NOT NULL
