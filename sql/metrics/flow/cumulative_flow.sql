-- name: cumulative_flow
-- title: Cumulative flow
-- unit: items
-- direction: neither
-- kind: level
-- description: How many work items were in each stage at the end of a period: asked by stage, the bands of a
--   cumulative flow diagram. Where stages are not mapped, the stage is the category of the status (`todo`, `doing`,
--   `done`). A band that grows is where work piles up. Epics and subtasks are excluded, and so are items whose status
--   is not mapped: nobody knows whether they are done. What is closed without being done is in no stage from then on.
-- formula: items in the stage at the end of the period
-- grain: day, week, month
-- dimensions: stage, repository, project, team, owning_team, class, kind
-- subject: work_item
-- since: work_item
-- minimum_n: 10
-- version: 3
-- source: own definition
SELECT
  entered_at AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  class,
  kind,
  COALESCE(stage, status_category) AS stage,
  work_item_id AS subject_id,
  left_at,
  FALSE AS open,
  excluded
FROM facts.work_item_stays
