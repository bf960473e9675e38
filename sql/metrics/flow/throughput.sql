-- name: throughput
-- title: Throughput
-- unit: items per week
-- direction: higher
-- kind: count
-- description: How many work items are done. Periods without any count as zero, from when the first was made. An item
--   counts once, when it was last done; its size does not matter. Epics and subtasks are excluded, and so are items
--   whose status is not mapped: nobody knows whether they are done. What was closed without being done is excluded as
--   abandoned.
-- formula: items done ÷ weeks; over the whole span also median and 90th percentile of the complete periods
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, class, kind
-- subject: work_item
-- since: work_item
-- minimum_n: 10
-- version: 3
-- source: https://kanbanguides.org/english/
SELECT
  COALESCE(done_at, abandoned_at, created_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  class,
  kind,
  id AS subject_id,
  FALSE AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN abandoned_at IS NOT NULL THEN 'abandoned'
  END AS excluded
FROM facts.work_items
WHERE is_done OR abandoned_at IS NOT NULL OR excluded IN ('unmapped status', 'abandoned')
