-- One metric's figures when its observations are stays: for each key and period, of what was there at its end.
-- The words in braces are put in by `engine/src/metrics/scope.rs`. `ends` has a period's start, the first instant that is
-- no longer looked at, and the instant at which ages are told.
WITH ends (period, ends_at, told_at) AS (
  VALUES {ends}
),
stays AS (
  SELECT
    {key} AS key,
    at,
    left_at,
    excluded IS NOT NULL AS is_excluded,
    NOT open AND excluded IS NULL AS counted
  FROM {rows}
  WHERE at < {until} AND (left_at IS NULL OR left_at >= {from}){filter}
),
there AS (
  SELECT
    key,
    period,
    is_excluded,
    counted,
    CAST(arrow_cast(told_at, 'Int64') - arrow_cast(at, 'Int64') AS DOUBLE) / 1000000 AS age
  FROM stays
  JOIN ends ON at < ends_at AND (left_at IS NULL OR left_at >= ends_at)
)
SELECT
  key,
  period,
  0 AS is_total,
  count(*) FILTER (WHERE counted) AS n,
  0 AS open,
  count(*) FILTER (WHERE is_excluded) AS excluded,
  {figures}
FROM there
GROUP BY key, period
