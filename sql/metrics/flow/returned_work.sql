-- name: returned_work
-- title: Returned work
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of the work items done that went back to an earlier stage on their way. What was done and
--   is taken up again is re-opened, and not returned. Only where stages are mapped: all else is excluded. Epics and
--   subtasks are excluded, and so are items whose status is not mapped: nobody knows whether they are done. What was
--   closed without being done is excluded as abandoned.
-- formula: items done that went back ÷ items done
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, class, kind
-- subject: work_item
-- minimum_n: 10
-- version: 3
-- source: own definition
SELECT
  COALESCE(done_at, abandoned_at, created_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  class,
  kind,
  id AS subject_id,
  CASE WHEN returned > 0 THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN abandoned_at IS NOT NULL THEN 'abandoned'
    WHEN returned IS NULL THEN 'stages not mapped'
  END AS excluded
FROM facts.work_items
WHERE is_done OR abandoned_at IS NOT NULL OR excluded IN ('unmapped status', 'abandoned')
