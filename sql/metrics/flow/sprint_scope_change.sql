-- name: sprint_scope_change
-- title: Sprint scope change
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: How much came into a sprint and was taken out of it while it ran, against what was in when it began.
--   An item that did both counts for both, so that the figure may be above 100 %. What was done already when it came
--   in is excluded. A sprint counts in the period in which it ended; what is in one that runs is open. Items are
--   counted, whatever their estimate. What was closed without being done while it ran was taken out.
-- formula: (items added + items taken out) ÷ items committed
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, class, kind
-- subject: work_item
-- minimum_n: 10
-- version: 4
-- source: own definition
SELECT
  sprint_ends_at AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  class,
  kind,
  work_item_id AS subject_id,
  sprint_id,
  CASE WHEN is_added THEN 1.0 ELSE 0.0 END + CASE WHEN is_removed THEN 1.0 ELSE 0.0 END AS numerator,
  CASE WHEN is_committed THEN 1.0 ELSE 0.0 END AS denominator,
  COALESCE(sprint_state = 'active', FALSE) AS open,
  excluded
FROM facts.sprint_items
WHERE is_committed OR is_added OR is_removed OR excluded IS NOT NULL
