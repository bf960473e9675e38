-- Where does the time go between commit and production, by quarter and size of the change?
SELECT
  CAST(date_trunc('quarter', deployed_at) AS DATE) AS quarter,
  CASE
    WHEN additions + deletions < 20 THEN '1 small'
    WHEN additions + deletions < 200 THEN '2 medium'
    ELSE '3 large'
  END AS size,
  count(*) AS n,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY coding_seconds) AS coding,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY pickup_seconds) AS pickup,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY review_seconds) AS review,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY deploy_seconds) AS deploy
FROM facts.changes
WHERE lead_seconds IS NOT NULL AND kind = 'pull_request'
GROUP BY 1, 2
