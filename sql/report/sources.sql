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
  UNION ALL
  SELECT connection, observed_at FROM core.work_items
)
SELECT connection, max(observed_at) AS as_of
FROM seen
-- A thing of which no more was ever told than that it is gone was never seen.
WHERE observed_at IS NOT NULL
GROUP BY connection
ORDER BY connection
