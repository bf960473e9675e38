-- name: work_item_age
-- title: Work item age
-- unit: seconds
-- direction: lower
-- kind: age
-- description: How long the items in progress at the end of a period had been in work by then; of a period that still
--   runs, by now. It is the early sign of long cycle times: an item that is older than most were when they were done
--   is late already. Epics and subtasks are excluded, and so are items whose status is not mapped: nobody knows
--   whether they are done. What is closed without being done is in progress until then.
-- formula: end of the period − first begun; median and 90th percentile over the items in progress
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, class, kind
-- subject: work_item
-- minimum_n: 10
-- version: 2
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
