-- When items were done: each stay in a status of that category.
SELECT
  work_item_id,
  entered_at,
  left_at
FROM facts.work_item_stays
WHERE status_category = 'done'
