-- Change fail rate and rework rate by month.
-- Slower: PostgreSQL has an index with all that it reads; of the processor's time that Pulse takes for it and four as small, over a tenth of the company, a third is planning, a quarter what is around any question, and a fifth reading and computing
SELECT
  CAST(date_trunc('month', finished_at) AS DATE) AS month,
  count(*) AS n,
  sum(CASE WHEN failed THEN 1 ELSE 0 END) AS failed,
  sum(CASE WHEN is_rework THEN 1 ELSE 0 END) AS rework
FROM facts.deployments
WHERE excluded IS NULL AND finished_at >= {now-364d}
GROUP BY CAST(date_trunc('month', finished_at) AS DATE)
