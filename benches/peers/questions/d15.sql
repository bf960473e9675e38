-- Incidents by month and severity, how soon they were taken up and over.
-- Slower: PostgreSQL has an index with all that it reads; of the processor's time that Pulse takes for it and four as small, over a tenth of the company, a third is planning, a quarter what is around any question, and a fifth reading and computing
SELECT
  CAST(date_trunc('month', began_at) AS DATE) AS month,
  severity,
  count(*) AS n,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY acknowledge_seconds) AS acknowledged,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY recovery_seconds) AS recovered
FROM facts.incidents
WHERE began_at >= {now-364d}
GROUP BY CAST(date_trunc('month', began_at) AS DATE), severity
