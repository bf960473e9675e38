-- Incidents by month and severity, how soon they were taken up and over.
SELECT
  CAST(date_trunc('month', began_at) AS DATE) AS month,
  severity,
  count(*) AS n,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY acknowledge_seconds) AS acknowledged,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY recovery_seconds) AS recovered
FROM facts.incidents
WHERE began_at >= {now-364d}
GROUP BY CAST(date_trunc('month', began_at) AS DATE), severity
