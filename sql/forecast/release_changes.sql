-- When items came into a version or milestone, or went out of it. History names them as they were called then: one that has another name
-- now is known by what items name today alone. With an item that its source has no more all that is its own is gone: what was told together with
-- it last, and no sooner gone, stood until then.
SELECT
  changes.work_item_id,
  versions.id,
  changes.changed_at,
  CASE WHEN changes.to_value = versions.name THEN 'in' ELSE 'out' END AS direction
FROM core.work_item_transitions AS changes
INNER JOIN core.work_items AS items ON items.id = changes.work_item_id
INNER JOIN core.versions AS versions
  ON coalesce(versions.project_id, versions.repository_id) = coalesce(items.project_id, items.repository_id)
  AND (versions.name = changes.to_value OR versions.name = changes.from_value)
  AND versions.deleted_at IS NULL
WHERE changes.field = 'fix version'
  AND (changes.deleted_at IS NULL OR (changes.observed_at >= items.observed_at AND changes.deleted_at >= items.deleted_at))
  AND changes.from_value IS DISTINCT FROM changes.to_value
ORDER BY changes.work_item_id, changes.changed_at, changes.position
