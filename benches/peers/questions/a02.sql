-- Which services fail most often of those that were deployed at least twenty times in half a year, and how fast are they back?
-- Slower: of the processor's time that Pulse takes for it and eight others, over the whole company, 27 % is reading Parquet, of which a third is zstd, a quarter grouping, and 7 % planning
SELECT
  repositories.name AS service,
  projects.name AS project,
  count(*) AS deployments,
  sum(CASE WHEN failed THEN 1 ELSE 0 END) AS failed,
  avg(CASE WHEN failed THEN 100.0 ELSE 0.0 END) AS failed_percent,
  avg(recovery_seconds) AS mean_recovery
FROM facts.deployments
JOIN core.repositories ON repositories.id = deployments.repository_id
JOIN core.projects ON projects.id = deployments.project_id
WHERE deployments.excluded IS NULL AND finished_at >= {now-182d}
GROUP BY repositories.name, projects.name
HAVING count(*) >= 20
ORDER BY failed_percent DESC, service
LIMIT 25
