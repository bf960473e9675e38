-- What nobody recorded and Pulse concluded: one row a rule.
SELECT
  'deployments' AS subject,
  inferred_from AS what,
  count(*) AS n
FROM facts.deployments
WHERE inferred_from IS NOT NULL AND excluded IS NULL
GROUP BY inferred_from
UNION ALL
SELECT
  'failures' AS subject,
  failure_rule AS what,
  count(*) AS n
FROM facts.deployments
WHERE failed AND failure_inferred
GROUP BY failure_rule
UNION ALL
SELECT
  'rework' AS subject,
  rework_rule AS what,
  count(*) AS n
FROM facts.deployments
WHERE is_rework AND rework_rule <> 'incident'
GROUP BY rework_rule
UNION ALL
SELECT
  'lineage' AS subject,
  lineage AS what,
  count(*) AS n
FROM facts.changes
WHERE lineage = 'time'
GROUP BY lineage
UNION ALL
SELECT
  'incidents' AS subject,
  link_rule AS what,
  count(*) AS n
FROM facts.incidents
WHERE link_rule = 'window'
GROUP BY link_rule
ORDER BY subject, n DESC, what
