-- How old the items that are done were when they left each stage within a span.
-- The words in braces are put in by `engine/src/metrics/ageing.rs`.
SELECT
  stage,
  count(*) AS n,
  exact_percentile(value, 0.5) AS p50,
  exact_percentile(value, 0.7) AS p70,
  exact_percentile(value, 0.85) AS p85
FROM flow.stage_exit_age
WHERE at >= {from} AND at < {until} AND NOT open AND excluded IS NULL{filter}
GROUP BY stage
