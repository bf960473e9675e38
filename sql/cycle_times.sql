-- How long the items took that were done within a span.
-- The words in braces are put in by `engine/src/metrics/cycle_times.rs`.
SELECT
  count(*) AS n,
  exact_percentile(value, 0.5) AS p50,
  exact_percentile(value, 0.85) AS p85,
  exact_percentile(value, 0.95) AS p95
FROM flow.cycle_time
WHERE at >= {from} AND at < {until} AND NOT open AND excluded IS NULL{filter}
