-- The life of pull requests by week.
SELECT
  CAST(date_trunc('week', merged_at) AS DATE) AS week,
  count(*) AS n,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY pickup_seconds) AS pickup,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY review_seconds) AS review,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY merge_wait_seconds) AS merge_wait,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY open_seconds) AS open
FROM facts.pull_requests
WHERE state = 'merged' AND NOT by_bot AND merged_at >= {now-364d}
GROUP BY CAST(date_trunc('week', merged_at) AS DATE)
