-- What Little's law is held against: the work items that were in progress within a span, and those that were done in it. What was abandoned was in
-- progress until then, and is never done.
-- The words in braces are put in by `engine/src/metrics/littles_law.rs`. Sums are of decimals, which are the same in any order.
WITH items AS (
  SELECT
    arrow_cast(started_at, 'Int64') AS begun,
    arrow_cast(done_at, 'Int64') AS done,
    arrow_cast(COALESCE(done_at, abandoned_at), 'Int64') AS ended,
    cycle_seconds
  FROM facts.work_items
  WHERE excluded IS NULL AND started_at IS NOT NULL{filter}
)
SELECT
  CAST(sum(
    CASE
      WHEN begun < {until} AND (ended IS NULL OR ended > {from})
        THEN least(COALESCE(ended, {until}), {until}) - greatest(begun, {from})
      ELSE 0
    END
  ) AS DOUBLE) AS time_in_progress,
  count(*) FILTER (WHERE done >= {from} AND done < {until} AND cycle_seconds IS NOT NULL) AS done,
  CAST(
    sum(TRY_CAST(cycle_seconds AS DECIMAL(38, 6))) FILTER (WHERE done >= {from} AND done < {until}) AS DOUBLE
  ) AS cycle_seconds
FROM items
