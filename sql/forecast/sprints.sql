-- What was in which sprint, of those that have begun, one row for each stay, and the project that was decided of a sprint's board, or that its
-- source says. Facts tell of all stays of an item in a sprint together: where core has each of them, an item was not in it in between.
SELECT
  items.sprint_id,
  items.work_item_id,
  items.project_id,
  items.team_id,
  items.sprint_name,
  items.sprint_state,
  items.sprint_starts_at,
  items.sprint_ends_at,
  CASE WHEN stays.id IS NULL THEN items.added_at ELSE stays.added_at END AS added_at,
  CASE WHEN stays.id IS NULL THEN items.removed_at ELSE stays.removed_at END AS removed_at,
  COALESCE(items.sprint_project_id, sprints.project_id) AS sprint_project_id
FROM facts.sprint_items AS items
LEFT JOIN core.sprints AS sprints ON sprints.id = items.sprint_id AND sprints.deleted_at IS NULL
LEFT JOIN core.sprint_items AS stays
  ON stays.sprint_id = items.sprint_id AND stays.work_item_id = items.work_item_id AND stays.deleted_at IS NULL
WHERE items.sprint_state IN ('active', 'closed') AND items.sprint_starts_at IS NOT NULL AND items.sprint_ends_at IS NOT NULL
