-- Builds by week, and the share that failed.
-- Slower: of the processor's time that Pulse takes for it and eight others, over the whole company, 27 % is reading Parquet, of which a third is zstd, a quarter grouping, and 7 % planning
SELECT
  CAST(date_trunc('week', finished_at) AS DATE) AS week,
  count(*) AS n,
  sum(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed
FROM core.builds
WHERE status <> 'cancelled' AND deleted_at IS NULL AND finished_at >= {now-364d}
GROUP BY CAST(date_trunc('week', finished_at) AS DATE)
