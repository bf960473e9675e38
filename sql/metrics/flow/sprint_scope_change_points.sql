-- name: sprint_scope_change_points
-- title: Sprint scope change in points
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: How many points came into a sprint and were taken out of it while it ran, against those that were in
--   when it began. An item that did both counts for both, so that the figure may be above 100 %. What was done
--   already when it came in is excluded. A sprint counts in the period in which it ended; what is in one that runs is
--   open. Points are the estimate of now: one that was changed since counts as changed. Items without an estimate are
--   excluded. What was closed without being done while it ran was taken out.
-- formula: (points added + points taken out) ÷ points committed
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
  CASE WHEN is_added THEN points ELSE 0.0 END + CASE WHEN is_removed THEN points ELSE 0.0 END AS numerator,
  CASE WHEN is_committed THEN points ELSE 0.0 END AS denominator,
  COALESCE(sprint_state = 'active', FALSE) AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN points IS NULL THEN 'no estimate'
  END AS excluded
FROM facts.sprint_items
WHERE is_committed OR is_added OR is_removed OR excluded IS NOT NULL
