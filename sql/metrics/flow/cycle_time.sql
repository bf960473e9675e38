-- name: cycle_time
-- title: Cycle time
-- unit: seconds
-- direction: lower
-- kind: percentile
-- description: How long a work item takes from when work on it first began to when it was done, nights and weekends
--   included. It counts in the period in which it was done; one that was taken up again counts until it was last
--   done. Items in work are open, in the period in which they were begun. Epics and subtasks are excluded, and so are
--   items whose status is not mapped: nobody knows whether they are done. One that was done without ever being begun
--   has no cycle time. What was closed without being done is excluded as abandoned.
-- formula: last done − first begun; median and 90th percentile over the items done
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, class, kind
-- subject: work_item
-- minimum_n: 10
-- version: 2
-- source: https://kanbanguides.org/english/
SELECT
  COALESCE(done_at, abandoned_at, started_at, created_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  class,
  kind,
  id AS subject_id,
  cycle_seconds AS value,
  NOT is_done AND abandoned_at IS NULL AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN abandoned_at IS NOT NULL THEN 'abandoned'
    WHEN is_done AND cycle_seconds IS NULL THEN 'no start'
  END AS excluded
FROM facts.work_items
WHERE is_done OR started_at IS NOT NULL OR abandoned_at IS NOT NULL OR excluded IN ('unmapped status', 'abandoned')
