-- One metric's figures: for each key over the whole span, and for each key and period.
-- The words in braces are put in by `engine/src/metrics/scope.rs`, which says what counts to the evidence in the same words.
WITH observations AS (
  SELECT
    {key} AS key,
    {period} AS period,
    {columns},
    open AND excluded IS NULL AS is_open,
    excluded IS NOT NULL AS is_excluded,
    {counted} AS counted
  FROM {rows}
  WHERE {span}{filter}
)
SELECT
  key,
  period,
  grouping(period) AS is_total,
  count(*) FILTER (WHERE counted) AS n,
  count(*) FILTER (WHERE is_open) AS open,
  count(*) FILTER (WHERE is_excluded) AS excluded,
  {figures}
FROM observations
GROUP BY GROUPING SETS ((key), (key, period))
