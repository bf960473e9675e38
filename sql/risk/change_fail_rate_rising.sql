-- name: change_fail_rate_rising
-- title: Change fail rate rising
-- subject: project
-- weight: 0.35
-- description: More of the deployments fail than before, by more than chance alone would bring about. The two rates are compared as
--   shares of one population. Whether a deployment failed is taken as it is known now. Those of a repository count to each project
--   that has it.
-- formula: the smaller of ramp(rise) and ramp(z), where rise = rate of late − rate before, and
--   z = (rise − ½ d) ÷ √(p (1 − p) d), d = 1/n of late + 1/n before, p = the rate of both together; ½ d is Yates' correction for
--   small numbers
-- thresholds: from = 0.05 ratio: the rise at which the risk begins; full = 0.3 ratio: at which it is 1;
--   z_from = 2.5 count: the z at which the risk begins; z_full = 4 count: at which it is 1;
--   days = 28 days: what counts as of late; before_days = 84 days: how long before that;
--   minimum = 5 count: with fewer deployments in either nothing is said
-- sentence: {rate:%} of the deployments in {days} days failed, after {rate_before:%} before.
-- evidence: deployment
-- version: 3
-- source: https://www.itl.nist.gov/div898/handbook/prc/section3/prc33.htm
WITH finished AS (
  SELECT
    project_id,
    repository_id,
    id,
    finished_at,
    failed,
    finished_at > {as_of} - INTERVAL '{days} days' AS is_late
  FROM facts.deployments
  WHERE excluded IS NULL AND failed IS NOT NULL AND finished_at <= {as_of}
    AND finished_at > {as_of} - INTERVAL '{days} days' - INTERVAL '{before_days} days'
),
deployments AS (
  SELECT project_id, id, finished_at, failed, is_late
  FROM finished
  WHERE project_id IS NOT NULL
  UNION
  SELECT scopes.project_id, finished.id, finished.finished_at, finished.failed, finished.is_late
  FROM finished
  JOIN core.project_scopes AS scopes
    ON scopes.scope_id = finished.repository_id AND scopes.scope_kind = 'repository' AND scopes.deleted_at IS NULL
),
counted AS (
  SELECT
    project_id,
    CAST(count(*) FILTER (WHERE is_late) AS DOUBLE) AS n,
    CAST(count(*) FILTER (WHERE NOT is_late) AS DOUBLE) AS n_before,
    CAST(count(*) FILTER (WHERE is_late AND failed) AS DOUBLE) AS bad,
    CAST(count(*) FILTER (WHERE NOT is_late AND failed) AS DOUBLE) AS bad_before,
    array_agg(id ORDER BY finished_at DESC, id) FILTER (WHERE is_late AND failed) AS evidence
  FROM deployments
  GROUP BY project_id
),
rates AS (
  SELECT
    *,
    bad / n AS rate,
    bad_before / n_before AS rate_before,
    (bad + bad_before) / (n + n_before) AS pooled,
    1 / n + 1 / n_before AS d
  FROM counted
  WHERE n >= {minimum} AND n_before >= {minimum} AND n > 0 AND n_before > 0
)
SELECT
  project_id AS subject_id,
  least(
    ramp(rate - rate_before, {from}, {full}),
    ramp((rate - rate_before - d / 2) / sqrt(NULLIF(pooled * (1 - pooled), 0) * d), {z_from}, {z_full})
  ) AS score,
  rate,
  {days} AS days,
  rate_before,
  evidence
FROM rates
