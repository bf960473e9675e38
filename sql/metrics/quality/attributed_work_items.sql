-- name: attributed_work_items
-- title: Work items with a team
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of work items that belong to a team, by who they are assigned to or by their project. Epics and
--   subtasks are excluded. It counts in the period in which an item was made.
-- formula: items with a team ÷ items
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
  CASE WHEN team_id IS NOT NULL THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE WHEN excluded <> 'unmapped status' THEN excluded END AS excluded,
  CASE WHEN team_id IS NULL THEN CASE WHEN project_id IS NULL THEN 'no project' ELSE 'no owner' END END AS lacks
FROM facts.work_items
