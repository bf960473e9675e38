-- name: sprint_completion_points
-- title: Sprint completion in points
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of the points that were in a sprint when it began that was done when it ended. These are its
--   commitment in points. A sprint counts in the period in which it ended; what is in one that runs is open. Points
--   are the estimate of now: one that was changed since counts as changed. Items without an estimate are excluded.
--   What was closed without being done is not done.
-- formula: points committed and done ÷ points committed
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
  CASE WHEN is_completed THEN points ELSE 0.0 END AS numerator,
  points AS denominator,
  COALESCE(sprint_state = 'active', FALSE) AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN points IS NULL THEN 'no estimate'
  END AS excluded
FROM facts.sprint_items
WHERE is_committed OR excluded IS NOT NULL
