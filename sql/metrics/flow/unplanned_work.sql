-- name: unplanned_work
-- title: Unplanned work
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of the work items done that nobody planned. Items whose type and labels tell no class are
--   excluded: they may be either. An item counts as what its type and labels say now: where they change, what was done
--   before moves along. Epics and subtasks are excluded, and so are items whose status is not mapped: nobody knows
--   whether they are done. What was closed without being done is excluded as abandoned.
-- formula: items done of the class `unplanned` ÷ items done of any class
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: work_item
-- minimum_n: 10
-- version: 2
-- source: own definition
SELECT
  COALESCE(done_at, abandoned_at, created_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  CASE WHEN class = 'unplanned' THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN abandoned_at IS NOT NULL THEN 'abandoned'
    WHEN class = 'unclassified' THEN 'unclassified'
  END AS excluded
FROM facts.work_items
WHERE is_done OR abandoned_at IS NOT NULL OR excluded IN ('unmapped status', 'abandoned')
