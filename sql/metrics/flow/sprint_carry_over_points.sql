-- name: sprint_carry_over_points
-- title: Sprint carry-over in points
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of the points that were in a sprint when it ended that was not done, whenever it had come
--   in. What was done already when it came in is excluded. A sprint counts in the period in which it ended; what is
--   in one that runs is open. Points are the estimate of now: one that was changed since counts as changed. Items
--   without an estimate are excluded. What was closed without being done while it ran was taken out.
-- formula: points in the sprint and not done at its end ÷ points in the sprint at its end
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
  CASE WHEN is_carried_over THEN points ELSE 0.0 END AS numerator,
  points AS denominator,
  COALESCE(sprint_state = 'active', FALSE) AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN points IS NULL THEN 'no estimate'
  END AS excluded
FROM facts.sprint_items
WHERE is_carried_over OR is_completed OR excluded IS NOT NULL
