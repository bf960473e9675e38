-- When items were done, and when they were closed without having been done: each stay in a status of that category.
SELECT
  work_item_id,
  entered_at,
  left_at,
  COALESCE(excluded = 'abandoned', FALSE) AS is_abandoned
FROM facts.work_item_stays
WHERE status_category = 'done'
