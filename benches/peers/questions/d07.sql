-- Teams side by side: change lead time in the last half year.
SELECT
  team_id,
  count(*) AS n,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY lead_seconds) AS p50,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY lead_seconds) AS p90
FROM facts.changes
WHERE excluded IS NULL AND lead_seconds IS NOT NULL AND deployed_at >= {now-182d}
GROUP BY team_id
