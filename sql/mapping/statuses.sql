-- Every status that an item was ever in, with what it means and which stage it is.
SELECT
  status,
  min(status_category) AS category,
  min(stage) AS stage,
  count(DISTINCT work_item_id) AS items
FROM facts.work_item_stays
WHERE status IS NOT NULL
GROUP BY status
ORDER BY items DESC, status
LIMIT 500
