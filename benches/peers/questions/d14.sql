-- Reviews and how long they were waited for, by week.
SELECT
  CAST(date_trunc('week', submitted_at) AS DATE) AS week,
  count(*) AS reviews,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY wait_seconds) AS p50,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY wait_seconds) AS p90
FROM facts.reviews
WHERE excluded IS NULL AND submitted_at >= {now-364d}
GROUP BY CAST(date_trunc('week', submitted_at) AS DATE)
