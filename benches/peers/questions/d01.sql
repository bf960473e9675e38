-- Change lead time by week over a year.
SELECT
  CAST(date_trunc('week', deployed_at) AS DATE) AS week,
  count(*) AS n,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY lead_seconds) AS p50,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY lead_seconds) AS p90
FROM facts.changes
WHERE excluded IS NULL AND lead_seconds IS NOT NULL AND deployed_at >= {now-364d}
GROUP BY CAST(date_trunc('week', deployed_at) AS DATE)
