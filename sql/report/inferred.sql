-- What nobody recorded and Pulse concluded, within a span: one row a rule.
-- The words in braces are put in by `server/src/report/counts.rs`.
WITH counted AS (
  SELECT *
  -- Deployments and incidents belong to the team that owns their project, and to no other.
  FROM (SELECT *, team_id AS owning_team_id FROM facts.deployments) AS deployments
  WHERE excluded IS NULL AND finished_at >= {from} AND finished_at < {until}{filter}
)
SELECT
  'deployments' AS subject,
  inferred_from AS what,
  count(*) AS n
FROM counted
WHERE inferred_from IS NOT NULL
GROUP BY inferred_from
UNION ALL
SELECT
  'failures' AS subject,
  failure_rule AS what,
  count(*) AS n
FROM counted
WHERE failed AND failure_inferred
GROUP BY failure_rule
UNION ALL
-- What a recorded deployment's own source calls a hotfix or rollback was not concluded by anyone here.
SELECT
  'rework' AS subject,
  counted.rework_rule AS what,
  count(*) AS n
FROM counted
LEFT JOIN core.deployments AS recorded ON recorded.id = counted.id
WHERE
  counted.is_rework
  AND counted.rework_rule <> 'incident'
  AND (counted.inferred_from IS NOT NULL OR recorded.kind IS DISTINCT FROM counted.rework_rule)
GROUP BY counted.rework_rule
UNION ALL
SELECT
  'lineage' AS subject,
  lineage AS what,
  count(*) AS n
FROM facts.changes
WHERE lineage = 'time' AND deployed_at >= {from} AND deployed_at < {until}{filter}
GROUP BY lineage
UNION ALL
SELECT
  'incidents' AS subject,
  link_rule AS what,
  count(*) AS n
FROM (SELECT *, team_id AS owning_team_id FROM facts.incidents) AS incidents
WHERE link_rule = 'window' AND began_at >= {from} AND began_at < {until}{filter}
GROUP BY link_rule
ORDER BY subject, n DESC, what
