-- When items came below another one, by the key that their history names it by: Jira calls the field otherwise from edition to edition. NULL is below none, or below one that is not known.
SELECT
  changes.work_item_id,
  changes.changed_at,
  below.id AS from_id
FROM core.work_item_transitions AS changes
LEFT JOIN core.work_items AS below ON below.key = changes.from_value AND below.connection = changes.connection
WHERE changes.field IN ('parent', 'epic link', 'parent link', 'issueparentassociation') AND changes.deleted_at IS NULL
ORDER BY changes.work_item_id, changes.changed_at, changes.position
