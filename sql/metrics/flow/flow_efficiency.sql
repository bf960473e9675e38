-- name: flow_efficiency
-- title: Flow efficiency
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of its time in work that a done item was worked on, and did not wait. All items count
--   together, each by its time. Only where stages are mapped as active or waiting: all else is excluded. Of one that
--   was done and taken up again, the time in which it was done is neither, unless done is a stage. Epics and subtasks
--   are excluded, and so are items whose status is not mapped: nobody knows whether they are done. What was closed
--   without being done is excluded as abandoned.
-- formula: time in active stages ÷ time in active and waiting stages, over the items done
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, class, kind
-- subject: work_item
-- minimum_n: 10
-- version: 4
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
  active_seconds AS numerator,
  active_seconds + waiting_seconds AS denominator,
  NOT is_done AND abandoned_at IS NULL AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN abandoned_at IS NOT NULL THEN 'abandoned'
    WHEN is_done AND started_at IS NULL THEN 'no start'
    WHEN is_done AND (active_seconds IS NULL OR waiting_seconds IS NULL) THEN 'stages not mapped'
  END AS excluded
FROM facts.work_items
WHERE is_done OR started_at IS NOT NULL OR abandoned_at IS NOT NULL OR excluded IN ('unmapped status', 'abandoned')
