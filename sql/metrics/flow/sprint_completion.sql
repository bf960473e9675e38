-- name: sprint_completion
-- title: Sprint completion
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of what was in a sprint when it began that was done when it ended. What was in it then is
--   its commitment. A sprint counts in the period in which it ended; what is in one that runs is open. Items are
--   counted, whatever their estimate. What was closed without being done is not done.
-- formula: items committed and done ÷ items committed
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, class, kind
-- subject: work_item
-- minimum_n: 10
-- version: 2
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
  CASE WHEN is_completed THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  COALESCE(sprint_state = 'active', FALSE) AS open,
  excluded
FROM facts.sprint_items
WHERE is_committed OR excluded IS NOT NULL
