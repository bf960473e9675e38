-- Of the items that were made in a month, how many ever came to each status? A funnel over all changes.
WITH reached AS (
  SELECT
    work_item_id,
    max(CASE WHEN to_value = 'Ready' THEN 1 ELSE 0 END) AS ready,
    max(CASE WHEN to_value = 'In Progress' THEN 1 ELSE 0 END) AS doing,
    max(CASE WHEN to_value = 'In Review' THEN 1 ELSE 0 END) AS review,
    max(CASE WHEN to_value = 'Done' THEN 1 ELSE 0 END) AS done
  FROM core.work_item_transitions
  WHERE field = 'status'
  GROUP BY work_item_id
)
SELECT
  CAST(date_trunc('month', created_at) AS DATE) AS month,
  count(*) AS items,
  sum(ready) AS ready,
  sum(doing) AS doing,
  sum(review) AS review,
  sum(done) AS done
FROM facts.work_items
LEFT JOIN reached ON reached.work_item_id = work_items.id
GROUP BY CAST(date_trunc('month', created_at) AS DATE)
