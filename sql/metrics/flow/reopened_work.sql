-- name: reopened_work
-- title: Re-opened work
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of the work items done that had been closed before, as done or not, and were taken up again.
--   Those that were taken up again and are not done are open. Epics and subtasks are excluded, and so are items whose
--   status is not mapped: nobody knows whether they are done. What was closed without being done is excluded as
--   abandoned.
-- formula: items done that were re-opened ÷ items done
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, class, kind
-- subject: work_item
-- minimum_n: 10
-- version: 2
-- source: own definition
SELECT
  COALESCE(done_at, abandoned_at, started_at, created_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  class,
  kind,
  id AS subject_id,
  CASE WHEN reopened > 0 THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  NOT is_done AND abandoned_at IS NULL AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN abandoned_at IS NOT NULL THEN 'abandoned'
  END AS excluded
FROM facts.work_items
WHERE is_done OR reopened > 0 OR abandoned_at IS NOT NULL OR excluded IN ('unmapped status', 'abandoned')
