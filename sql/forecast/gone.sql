-- Items that their source has no more, as it told of them last. Facts have none of them, and whoever asks how things stood before asks of them, too.
WITH owners AS (
  {repository_owners}
)
SELECT
  items.id,
  items.connection,
  items.key,
  items.kind,
  items.type_id,
  items.status,
  items.status_category,
  items.resolution,
  coalesce(items.project_id, owners.project_id) AS project_id,
  items.parent_id,
  items.created_at,
  items.resolved_at,
  items.deleted_at
FROM core.work_items AS items
LEFT JOIN owners ON owners.repository_id = items.repository_id
WHERE items.deleted_at IS NOT NULL AND items.observed_at IS NOT NULL AND items.created_at IS NOT NULL
