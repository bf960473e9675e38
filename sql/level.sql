-- How many stays there were at each end of a period, by key: how many came by it, and how many had gone.
-- The words in braces are put in by `engine/src/metrics/measure.rs`. `ends` are the first instants that are no longer looked at, in
-- microseconds since 1970. A row has either `came_by`, the first of them at which its stays are there, or `went_by`, the first at which
-- they are not any more; one with neither is of those that stay.
WITH stays AS (
  SELECT
    {key} AS key,
    first_above(arrow_cast(at, 'Int64'), {ends}) AS came_by,
    CASE WHEN left_at IS NOT NULL THEN first_above(arrow_cast(greatest(at, left_at), 'Int64'), {ends}) END AS went_by,
    excluded IS NOT NULL AS is_excluded,
    NOT open AND excluded IS NULL AS counted
  FROM {rows}
  WHERE at < {until} AND (left_at IS NULL OR left_at >= {from}){filter}
)
SELECT
  key,
  came_by,
  went_by,
  count(*) FILTER (WHERE counted) AS n,
  count(*) FILTER (WHERE is_excluded) AS excluded
FROM stays
GROUP BY GROUPING SETS ((key, came_by), (key, went_by))
