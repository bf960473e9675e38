-- name: blocked_time
-- title: Blocked time
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of their cycle time that done items were blocked: flagged, or in a status that says so. All
--   items count together, each by its time. Epics and subtasks are excluded, and so are items whose status is not
--   mapped: nobody knows whether they are done. What was closed without being done is excluded as abandoned.
-- formula: time blocked within the cycle time ÷ cycle time, over the items done
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, class, kind
-- subject: work_item
-- minimum_n: 10
-- version: 3
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
  blocked_seconds AS numerator,
  cycle_seconds AS denominator,
  NOT is_done AND abandoned_at IS NULL AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN abandoned_at IS NOT NULL THEN 'abandoned'
    WHEN is_done AND cycle_seconds IS NULL THEN 'no start'
    WHEN blocked_seconds IS NULL THEN 'blocking not known'
  END AS excluded
FROM facts.work_items
WHERE is_done OR started_at IS NOT NULL OR abandoned_at IS NOT NULL OR excluded IN ('unmapped status', 'abandoned')
