-- Failed deployment recovery time by month.
-- Slower: PostgreSQL has an index with all that it reads; of the processor's time that Pulse takes for it and four as small, over a tenth of the company, a third is planning, a quarter what is around any question, and a fifth reading and computing
SELECT
  CAST(date_trunc('month', finished_at) AS DATE) AS month,
  count(*) AS n,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY recovery_seconds) AS p50,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY recovery_seconds) AS p90
FROM facts.deployments
WHERE excluded IS NULL AND failed AND recovery_seconds IS NOT NULL AND finished_at >= {now-364d}
GROUP BY CAST(date_trunc('month', finished_at) AS DATE)
