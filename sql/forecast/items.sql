-- What forecasts are about: items that count as work of their own, and the epics above them.
SELECT
  items.id,
  items.level,
  items.project_id,
  items.team_id,
  items.parent_id,
  coalesce(items.title, items.key) AS name,
  items.due_on,
  items.created_at,
  items.started_at,
  items.status_category,
  core_items.deleted_at
FROM facts.work_items AS items
LEFT JOIN core.work_items AS core_items ON core_items.id = items.id
WHERE items.level = 'epic' OR (items.level = 'item' AND items.excluded IS NULL)
