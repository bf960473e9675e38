-- How items that their source has no more went from status to status, how they were closed, and below which other ones they were. With an item all that is its own
-- is gone: what was told together with it last, and no sooner gone, stood until then, and the rest was gone before.
SELECT
  changes.id,
  changes.work_item_id,
  changes.field,
  changes.from_value,
  changes.to_value,
  changes.from_status_id,
  changes.to_status_id,
  below.id AS from_id,
  changes.changed_at
FROM core.work_item_transitions AS changes
INNER JOIN core.work_items AS items ON items.id = changes.work_item_id
LEFT JOIN core.work_items AS below ON below.key = changes.from_value AND below.connection = changes.connection
WHERE items.deleted_at IS NOT NULL
  AND changes.field IN ('status', 'resolution', 'parent', 'epic link', 'parent link', 'issueparentassociation')
  AND (changes.deleted_at IS NULL OR (changes.observed_at >= items.observed_at AND changes.deleted_at >= items.deleted_at))
ORDER BY changes.work_item_id, changes.changed_at, changes.position, changes.id
