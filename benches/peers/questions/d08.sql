-- Cycle time by week.
SELECT
  CAST(date_trunc('week', done_at) AS DATE) AS week,
  count(*) AS n,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY cycle_seconds) AS p50,
  percentile_cont(0.85) WITHIN GROUP (ORDER BY cycle_seconds) AS p85,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY cycle_seconds) AS p90
FROM facts.work_items
WHERE excluded IS NULL AND is_done AND cycle_seconds IS NOT NULL AND done_at >= {now-364d}
GROUP BY CAST(date_trunc('week', done_at) AS DATE)
