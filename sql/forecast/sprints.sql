-- What was in which sprint, of those that have begun.
SELECT
  sprint_id,
  work_item_id,
  project_id,
  team_id,
  sprint_name,
  sprint_state,
  sprint_starts_at,
  sprint_ends_at,
  added_at,
  removed_at
FROM facts.sprint_items
WHERE sprint_state IN ('active', 'closed') AND sprint_starts_at IS NOT NULL AND sprint_ends_at IS NOT NULL
