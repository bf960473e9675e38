-- The latest thing that happened at each connection's vendor, of all that was read.
WITH happened AS (
  SELECT connection, max(committed_at) AS at FROM core.commits GROUP BY connection
  UNION ALL
  SELECT connection, max(created_at) AS at FROM core.pull_requests GROUP BY connection
  UNION ALL
  SELECT connection, max(closed_at) AS at FROM core.pull_requests GROUP BY connection
  UNION ALL
  SELECT connection, max(submitted_at) AS at FROM core.reviews GROUP BY connection
  UNION ALL
  SELECT connection, max(created_at) AS at FROM core.comments GROUP BY connection
  UNION ALL
  SELECT connection, max(finished_at) AS at FROM core.deployments GROUP BY connection
  UNION ALL
  SELECT connection, max(created_at) AS at FROM core.work_items GROUP BY connection
  UNION ALL
  SELECT connection, max(changed_at) AS at FROM core.work_item_transitions GROUP BY connection
)
SELECT
  connection,
  CAST(to_unixtime(max(at)) AS BIGINT) AS at
FROM happened
GROUP BY connection
