-- Teams side by side: delivery in the last half year.
-- Slower: PostgreSQL has an index with all that it reads; of the processor's time that Pulse takes for it and four as small, over a tenth of the company, a third is planning, a quarter what is around any question, and a fifth reading and computing
SELECT
  team_id,
  count(*) AS deployments,
  sum(CASE WHEN failed THEN 1 ELSE 0 END) AS failed,
  sum(CASE WHEN is_rework THEN 1 ELSE 0 END) AS rework,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY recovery_seconds) AS recovery
FROM facts.deployments
WHERE excluded IS NULL AND finished_at >= {now-182d}
GROUP BY team_id
