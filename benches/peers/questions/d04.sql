-- Failed deployment recovery time by month.
SELECT
  CAST(date_trunc('month', finished_at) AS DATE) AS month,
  count(*) AS n,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY recovery_seconds) AS p50,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY recovery_seconds) AS p90
FROM facts.deployments
WHERE excluded IS NULL AND failed AND recovery_seconds IS NOT NULL AND finished_at >= {now-364d}
GROUP BY CAST(date_trunc('month', finished_at) AS DATE)
