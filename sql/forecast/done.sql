-- When items were done: each stay in a status of that category, but those since an item was abandoned.
SELECT
  work_item_id,
  entered_at,
  left_at
FROM facts.work_item_stays
WHERE status_category = 'done' AND excluded IS DISTINCT FROM 'abandoned'
