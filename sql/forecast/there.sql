-- What has items from before a day, of what may be forecast on it, and how many: where that says the same again, nothing has come since that a
-- forecast of the day could be made of. The word in braces is put in by `engine/src/forecast/left.rs`.
WITH items AS (
  SELECT
    id,
    level,
    project_id,
    parent_id
  FROM facts.work_items
  WHERE created_at < {day} AND (level = 'epic' OR (level = 'item' AND excluded IS NULL))
)
SELECT
  'project' AS kind,
  projects.id,
  count(*) AS items
FROM items
INNER JOIN core.projects AS projects ON projects.id = items.project_id AND projects.deleted_at IS NULL
WHERE items.level = 'item'
GROUP BY projects.id
UNION ALL
SELECT
  'epic' AS kind,
  epics.id,
  count(*) AS items
FROM items
INNER JOIN items AS epics ON epics.id = items.parent_id AND epics.level = 'epic'
WHERE items.level = 'item'
GROUP BY epics.id
UNION ALL
SELECT
  'sprint' AS kind,
  held.sprint_id AS id,
  count(*) AS items
FROM items
INNER JOIN facts.sprint_items AS held ON held.work_item_id = items.id AND held.sprint_state = 'active'
WHERE items.level = 'item'
GROUP BY held.sprint_id
UNION ALL
SELECT
  'release' AS kind,
  versions.id,
  count(*) AS items
FROM items
INNER JOIN core.work_item_versions AS fixed
  ON fixed.work_item_id = items.id AND fixed.relation = 'fix' AND fixed.deleted_at IS NULL
INNER JOIN core.versions AS versions ON versions.id = fixed.version_id AND versions.deleted_at IS NULL
WHERE items.level = 'item' AND NOT coalesce(versions.is_released OR versions.is_archived, FALSE)
GROUP BY versions.id
