-- What forecasts are about: items that count as work of their own, and the epics above them. What was open in a project or repository when that
-- went counts until then, and what was abandoned until that.
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
  CASE
    WHEN items.excluded = 'project deleted' THEN coalesce(core_items.deleted_at, projects.deleted_at, repositories.deleted_at)
    ELSE least(core_items.deleted_at, items.abandoned_at)
  END AS deleted_at,
  core_items.deleted_at IS NOT NULL OR COALESCE(items.excluded = 'project deleted', FALSE) AS is_gone
FROM facts.work_items AS items
LEFT JOIN core.work_items AS core_items ON core_items.id = items.id
LEFT JOIN core.projects AS projects ON projects.id = items.home_id
LEFT JOIN core.repositories AS repositories ON repositories.id = items.home_id
WHERE items.level = 'epic'
  OR (items.level = 'item' AND items.excluded IS NULL)
  OR (items.excluded = 'project deleted' AND coalesce(projects.deleted_at, repositories.deleted_at) IS NOT NULL)
