-- What the figures of a span rest on and what they leave out: one row a count. Changes, deployments and work items are those that the
-- metrics observe, so that these counts and the figures' n agree: of items those that are closed, or may be.
-- The words in braces are put in by `server/src/report/counts.rs`.
SELECT
  'changes' AS subject,
  COALESCE(excluded, 'counted') AS what,
  count(*) AS n
FROM dora.change_lead_time
WHERE (at IS NULL OR (at >= {from} AND at < {until})){filter}
GROUP BY COALESCE(excluded, 'counted')
UNION ALL
SELECT
  'deployments' AS subject,
  COALESCE(excluded, 'counted') AS what,
  count(*) AS n
FROM dora.deployment_frequency
WHERE (at IS NULL OR (at >= {from} AND at < {until})){filter}
GROUP BY COALESCE(excluded, 'counted')
UNION ALL
SELECT
  'incidents' AS subject,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN deployment_id IS NULL THEN 'not linked'
    ELSE 'counted'
  END AS what,
  count(*) AS n
-- An incident belongs to the team that owns its project, and to no other.
FROM (SELECT *, team_id AS owning_team_id FROM facts.incidents) AS incidents
WHERE began_at >= {from} AND began_at < {until}{filter}
GROUP BY
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN deployment_id IS NULL THEN 'not linked'
    ELSE 'counted'
  END
UNION ALL
SELECT
  'work_items' AS subject,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    -- Of these none is of any period.
    WHEN at IS NULL THEN 'time not known'
    ELSE 'counted'
  END AS what,
  count(*) AS n
FROM flow.throughput
WHERE (at IS NULL OR (at >= {from} AND at < {until})){filter}
GROUP BY
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN at IS NULL THEN 'time not known'
    ELSE 'counted'
  END
ORDER BY subject, n DESC, what
