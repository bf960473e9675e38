-- What was in which sprint, of those that have begun, and the project that the source of a sprint says it is of.
SELECT
  items.sprint_id,
  items.work_item_id,
  items.project_id,
  items.team_id,
  items.sprint_name,
  items.sprint_state,
  items.sprint_starts_at,
  items.sprint_ends_at,
  items.added_at,
  items.removed_at,
  sprints.project_id AS sprint_project_id
FROM facts.sprint_items AS items
LEFT JOIN core.sprints AS sprints ON sprints.id = items.sprint_id AND sprints.deleted_at IS NULL
WHERE items.sprint_state IN ('active', 'closed') AND items.sprint_starts_at IS NOT NULL AND items.sprint_ends_at IS NOT NULL
