-- name: allocation
-- title: Allocation
-- unit: items per week
-- direction: neither
-- kind: count
-- description: Where the effort goes: work items done, by class (`feature`, `defect`, `debt`, `unplanned`). Each item
--   has one class, and one whose type and labels tell none is `unclassified`, so that the classes add up to all that
--   was done. An item counts as what its type and labels say now: where they change, what was done before moves along.
--   Items are counted, not hours. Epics and subtasks are excluded, and so are items whose status is not mapped: nobody
--   knows whether they are done. What was closed without being done is excluded as abandoned.
-- formula: items done ÷ weeks; by class also its share of all items done
-- grain: day, week, month
-- dimensions: class, repository, project, team, owning_team, kind
-- subject: work_item
-- since: work_item
-- minimum_n: 10
-- version: 3
-- source: own definition
SELECT
  COALESCE(done_at, abandoned_at, created_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  class,
  kind,
  id AS subject_id,
  FALSE AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN abandoned_at IS NOT NULL THEN 'abandoned'
  END AS excluded
FROM facts.work_items
WHERE is_done OR abandoned_at IS NOT NULL OR excluded IN ('unmapped status', 'abandoned')
