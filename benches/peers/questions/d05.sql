-- The stages of change lead time by month.
SELECT
  CAST(date_trunc('month', deployed_at) AS DATE) AS month,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY coding_seconds) AS coding,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY pickup_seconds) AS pickup,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY review_seconds) AS review,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY deploy_seconds) AS deploy
FROM facts.changes
WHERE excluded IS NULL AND lead_seconds IS NOT NULL AND deployed_at >= {now-364d}
GROUP BY CAST(date_trunc('month', deployed_at) AS DATE)
