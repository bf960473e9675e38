-- What the figures rest on and what they leave out, over everything that the lake holds: one row a count.
SELECT
  'changes' AS subject,
  COALESCE(excluded, 'counted') AS what,
  count(*) AS n
FROM facts.changes
GROUP BY COALESCE(excluded, 'counted')
UNION ALL
SELECT
  'deployments' AS subject,
  COALESCE(excluded, 'counted') AS what,
  count(*) AS n
FROM facts.deployments
GROUP BY COALESCE(excluded, 'counted')
UNION ALL
SELECT
  'incidents' AS subject,
  CASE WHEN deployment_id IS NULL THEN 'not linked' ELSE 'counted' END AS what,
  count(*) AS n
FROM facts.incidents
GROUP BY CASE WHEN deployment_id IS NULL THEN 'not linked' ELSE 'counted' END
UNION ALL
SELECT
  'rejects' AS subject,
  stream AS what,
  count(*) AS n
FROM core.rejects
WHERE deleted_at IS NULL
GROUP BY stream
ORDER BY subject, n DESC, what
