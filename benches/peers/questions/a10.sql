-- What is told of timeouts: items and changes whose titles speak of them, by month.
SELECT month, sum(items) AS items, sum(changes) AS changes
FROM (
  SELECT CAST(date_trunc('month', created_at) AS DATE) AS month, 1 AS items, 0 AS changes
  FROM facts.work_items
  WHERE title ILIKE '%timeout%'
  UNION ALL
  SELECT CAST(date_trunc('month', merged_at) AS DATE) AS month, 0 AS items, 1 AS changes
  FROM facts.changes
  WHERE title ILIKE '%timeout%' AND merged_at IS NOT NULL
) AS told
GROUP BY month
