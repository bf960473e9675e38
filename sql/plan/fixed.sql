-- What is to be fixed in a milestone, as `milestones.sql` counts it: what is not done first. The word in braces is put in by
-- `engine/src/plan.rs`.
SELECT
  items.id,
  items.key,
  items.title,
  core_items.url,
  items.is_done
FROM core.work_item_versions AS links
JOIN facts.work_items AS items ON items.id = links.work_item_id
LEFT JOIN core.work_items AS core_items ON core_items.id = items.id
WHERE links.version_id = {milestone} AND links.relation = 'fix' AND links.deleted_at IS NULL
  AND items.level = 'item' AND items.excluded IS NULL
  AND items.abandoned_at IS NULL
ORDER BY items.is_done, items.key, items.id
