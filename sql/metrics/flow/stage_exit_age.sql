-- name: stage_exit_age
-- title: Age at leaving a stage
-- unit: seconds
-- direction: lower
-- kind: percentile
-- description: How old work items were when they left a stage: how long they had been in work by then, nights and
--   weekends included. Asked by stage, it is what the age of an item in progress is held against: one that is older
--   than most were when they left its stage is late already. An item counts once for each stage that it was in, in
--   the period in which it last left it. Where stages are not mapped, the stage is the category of the status. Items
--   that left a stage and are not done are open: they may come back to it. Epics and subtasks are excluded, and so
--   are items whose status is not mapped: nobody knows whether they are done. What was closed without being done is
--   excluded as abandoned.
-- formula: last left the stage − first begun; median and 90th percentile over the items that are done
-- grain: day, week, month
-- dimensions: stage, repository, project, team, owning_team, class, kind
-- subject: work_item
-- minimum_n: 10
-- version: 2
-- source: own definition
SELECT
  stays.left_at AS at,
  stays.repository_id,
  stays.project_id,
  stays.team_id,
  stays.owning_team_id,
  stays.class,
  stays.kind,
  COALESCE(stays.stage, stays.status_category) AS stage,
  stays.work_item_id AS subject_id,
  CAST(arrow_cast(stays.left_at, 'Int64') - arrow_cast(items.started_at, 'Int64') AS DOUBLE) / 1000000 AS value,
  NOT items.is_done AND items.abandoned_at IS NULL AS open,
  CASE
    WHEN stays.excluded IS NOT NULL THEN stays.excluded
    WHEN items.abandoned_at IS NOT NULL THEN 'abandoned'
  END AS excluded
FROM facts.work_item_stays AS stays
JOIN facts.work_items AS items ON items.id = stays.work_item_id
WHERE stays.is_last AND stays.left_at > items.started_at AND stays.status_category IS DISTINCT FROM 'done'
