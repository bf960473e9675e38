-- Every environment that was deployed to, and whether it counts as production.
SELECT
  connection,
  environment,
  is_production,
  count(*) AS deployments,
  max(finished_at) AS newest_at
FROM core.deployments
WHERE deleted_at IS NULL
GROUP BY connection, environment, is_production
ORDER BY deployments DESC, connection, environment
LIMIT 500
