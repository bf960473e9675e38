-- name: sprint_carry_over
-- title: Sprint carry-over
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of what was in a sprint when it ended that was not done, whenever it had come in. What was
--   done already when it came in is excluded. A sprint counts in the period in which it ended; what is in one that
--   runs is open. Items are counted, whatever their estimate. What was closed without being done while it ran was
--   taken out.
-- formula: items in the sprint and not done at its end ÷ items in the sprint at its end
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
  CASE WHEN is_carried_over THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  COALESCE(sprint_state = 'active', FALSE) AS open,
  excluded
FROM facts.sprint_items
WHERE is_carried_over OR is_completed OR excluded IS NOT NULL
