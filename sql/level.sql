-- One metric's figures when its observations are stays: for each key and period, of what was there at its end.
-- The words in braces are put in by `engine/src/metrics/scope.rs`. `ends` has a period's start, the first instant that is
-- no longer looked at, and the instant at which ages are told, in microseconds since 1970: so they are short.
WITH ends (period, ends_at, told_at) AS (
  VALUES {ends}
),
stays AS (
  SELECT
    {key} AS key,
    arrow_cast(at, 'Int64') AS came_at,
    arrow_cast(left_at, 'Int64') AS went_at,
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
    CAST(told_at - came_at AS DOUBLE) / 1000000 AS age
  FROM stays
  JOIN ends ON came_at < ends_at AND (went_at IS NULL OR went_at >= ends_at)
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
