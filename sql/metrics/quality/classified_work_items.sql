-- name: classified_work_items
-- title: Work items with a class
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of work items done whose type and labels tell where the effort went. Epics and subtasks are
--   excluded, and so are items whose status is not mapped: nobody knows whether they are done. What was closed
--   without being done is excluded as abandoned.
-- formula: items done with a class ÷ items done
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: work_item
-- minimum_n: 1
-- version: 2
-- source: own definition
SELECT
  COALESCE(done_at, abandoned_at, created_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  CASE WHEN class <> 'unclassified' THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN abandoned_at IS NOT NULL THEN 'abandoned'
  END AS excluded,
  CASE WHEN class = 'unclassified' THEN class END AS lacks
FROM facts.work_items
WHERE is_done OR abandoned_at IS NOT NULL OR excluded IN ('unmapped status', 'abandoned')
