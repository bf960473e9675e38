-- One metric's figures, in one pass over its observations: of each key the whole span (`now`), the span that it is held against
-- (`earlier`), and each period of the span and of the time before it.
-- The words in braces are put in by `engine/src/metrics/measure.rs`; what counts is said to the evidence in the same words.
WITH observations AS (
  SELECT
    {key} AS key,
    {period} AS period,
    {now} AS now,
    {earlier} AS earlier,
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
  now,
  {held} AS earlier,
  grouping(key) AS is_of_all,
  grouping(period) AS is_total,
  count(*) FILTER (WHERE counted) AS n,
  count(*) FILTER (WHERE is_open) AS open,
  count(*) FILTER (WHERE is_excluded) AS excluded,
  {first} AS first,
  {figures}
FROM observations
GROUP BY GROUPING SETS ({sets})
