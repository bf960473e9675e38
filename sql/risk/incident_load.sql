-- name: incident_load
-- title: Incident load
-- subject: project
-- weight: 0.35
-- description: Incidents take the people's time: those that began of late, and those that are still open. Those of a repository count to
--   each project that has it. What is closed as none, such as a duplicate, counts until then.
-- formula: ramp(incidents that began within the days or are open)
-- thresholds: from = 3 count: the number at which the risk is still 0; full = 12 count: at which it is 1; days = 28 days: how far back it looks
-- sentence: {n:incident,incidents} began in {days} days or {n|is,are} still open[; the oldest open one began on {oldest}].
-- evidence: incident
-- version: 4
-- source: https://sre.google/sre-book/being-on-call/
WITH incidents AS (
  SELECT
    project_id,
    repository_id,
    id,
    began_at,
    COALESCE(resolved_at > {as_of}, is_open) AS is_open
  FROM facts.incidents
  -- What was none was taken for one until it was closed.
  WHERE began_at <= {as_of} AND (excluded IS NULL OR resolved_at > {as_of})
),
of_each AS (
  SELECT project_id, id, began_at, is_open
  FROM incidents
  WHERE project_id IS NOT NULL
  UNION
  SELECT scopes.project_id, incidents.id, incidents.began_at, incidents.is_open
  FROM incidents
  JOIN core.project_scopes AS scopes
    ON scopes.scope_id = incidents.repository_id AND scopes.scope_kind = 'repository' AND scopes.deleted_at IS NULL
)
SELECT
  project_id AS subject_id,
  ramp(count(*), {from}, {full}) AS score,
  count(*) AS n,
  {days} AS days,
  min(began_at) FILTER (WHERE is_open) AS oldest,
  array_agg(id ORDER BY began_at DESC, id) AS evidence
FROM of_each
WHERE is_open OR began_at > {as_of} - INTERVAL '{days} days'
GROUP BY project_id
