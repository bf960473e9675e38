-- Builds by week, and the share that failed.
SELECT
  CAST(date_trunc('week', finished_at) AS DATE) AS week,
  count(*) AS n,
  sum(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed
FROM core.builds
WHERE status <> 'cancelled' AND deleted_at IS NULL AND finished_at >= {now-364d}
GROUP BY CAST(date_trunc('week', finished_at) AS DATE)
