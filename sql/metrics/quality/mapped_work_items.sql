-- name: mapped_work_items
-- title: Work items with a mapped status
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of work items whose status is mapped to a category. The others are in no figure of flow. Epics
--   and subtasks are excluded. It counts in the period in which an item was made.
-- formula: items with a mapped status ÷ items
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: work_item
-- minimum_n: 1
-- version: 1
-- source: own definition
SELECT
  created_at AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  CASE WHEN excluded IS NULL THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE WHEN excluded <> 'unmapped status' THEN excluded END AS excluded,
  CASE WHEN excluded = 'unmapped status' THEN excluded END AS lacks
FROM facts.work_items
