-- Whether the lake holds any deployment that counts, of whatever time: one row if it does.
SELECT
  'deployments' AS subject,
  'counted' AS what,
  1 AS n
FROM facts.deployments
WHERE excluded IS NULL
LIMIT 1
