-- Where each type of items stands, as its source tells it.
SELECT
  id,
  CASE WHEN hierarchy_level > 0 THEN 'epic' WHEN hierarchy_level < 0 THEN 'subtask' ELSE 'item' END AS level
FROM core.work_item_types
WHERE hierarchy_level IS NOT NULL
