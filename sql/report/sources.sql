-- How fresh each connection's data is.
WITH seen AS (
  SELECT connection, observed_at FROM core.repositories
  UNION ALL
  SELECT connection, observed_at FROM core.commits
  UNION ALL
  SELECT connection, observed_at FROM core.pull_requests
  UNION ALL
  SELECT connection, observed_at FROM core.deployments
  UNION ALL
  SELECT connection, observed_at FROM core.incidents
)
SELECT connection, max(observed_at) AS as_of
FROM seen
GROUP BY connection
ORDER BY connection
