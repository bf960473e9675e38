-- How long do changes take to production, by team and month?
SELECT
  teams.name AS team,
  CAST(date_trunc('month', deployed_at) AS DATE) AS month,
  count(*) AS n,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY lead_seconds) AS p50,
  percentile_cont(0.85) WITHIN GROUP (ORDER BY lead_seconds) AS p85,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY lead_seconds) AS p95
FROM facts.changes
JOIN core.teams ON teams.id = changes.team_id
WHERE lead_seconds IS NOT NULL
GROUP BY teams.name, CAST(date_trunc('month', deployed_at) AS DATE)
