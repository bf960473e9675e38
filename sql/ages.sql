-- One metric's figures when its observations are stays and their ages count: for each key and each end of a period, of what was there
-- then. The words in braces are put in by `engine/src/metrics/measure.rs`. `ends` has the first instants that are no longer looked at, in
-- microseconds since 1970; ages are told at them, or now when that is before.
WITH ends (ends_at) AS (
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
    ends_at,
    is_excluded,
    counted,
    CAST(least(ends_at, {now}) - came_at AS DOUBLE) / 1000000 AS age
  FROM stays
  JOIN ends ON came_at < ends_at AND (went_at IS NULL OR went_at >= ends_at)
)
SELECT
  key,
  ends_at,
  grouping(key) AS is_of_all,
  count(*) FILTER (WHERE counted) AS n,
  0 AS open,
  count(*) FILTER (WHERE is_excluded) AS excluded,
  {figures}
FROM there
GROUP BY GROUPING SETS ({sets})
