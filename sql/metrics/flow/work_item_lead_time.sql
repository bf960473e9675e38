-- name: work_item_lead_time
-- title: Lead time from commitment
-- unit: seconds
-- direction: lower
-- kind: percentile
-- description: How long a work item takes from when a team committed to it to when it was done, nights and weekends
--   included. Committed to means that it came into a running sprint, or into a stage from the commitment on, or was
--   begun, whichever was first. It counts in the period in which it was done. Items that are committed to and not
--   done are open. Epics and subtasks are excluded, and so are items whose status is not mapped: nobody knows whether
--   they are done. What was closed without being done is excluded as abandoned.
-- formula: last done − committed to; median and 90th percentile over the items done
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, class, kind
-- subject: work_item
-- minimum_n: 10
-- version: 2
-- source: own definition
SELECT
  COALESCE(done_at, abandoned_at, committed_at, created_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  class,
  kind,
  id AS subject_id,
  lead_seconds AS value,
  NOT is_done AND abandoned_at IS NULL AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN abandoned_at IS NOT NULL THEN 'abandoned'
    WHEN is_done AND lead_seconds IS NULL THEN 'no commitment'
  END AS excluded
FROM facts.work_items
WHERE is_done OR committed_at IS NOT NULL OR abandoned_at IS NOT NULL OR excluded IN ('unmapped status', 'abandoned')
