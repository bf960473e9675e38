-- name: throughput_falling
-- title: Throughput falling
-- subject: project
-- weight: 0.5
-- description: Fewer items are done than before, by more than chance alone would bring about, while there is work to do. The
--   counts are compared as those of two Poisson processes, by their square roots.
-- formula: the smaller of ramp(fall) and ramp(z), where fall = 1 − rate of late ÷ rate before, and
--   z = 2 (√(ρ (n before + 3/8)) − √(n of late + 3/8)) ÷ √(1 + ρ), ρ = days of late ÷ days before
-- thresholds: from = 0.25 ratio: the fall at which the risk begins; full = 0.75 ratio: at which it is 1;
--   z_from = 2.5 count: the z at which the risk begins; z_full = 4 count: at which it is 1;
--   days = 28 days: what counts as of late; before_days = 84 days: how long before that; minimum = 12 count: with fewer
--   items done before nothing is said
-- sentence: {late:item was,items were} done in {days} days, {fall:%} fewer than before.
-- evidence: work_item
-- version: 2
-- source: Anscombe, The transformation of Poisson, binomial and negative-binomial data, Biometrika 35 (1948)
WITH items AS (
  SELECT
    project_id,
    id,
    done_at,
    COALESCE(done_at > {as_of} - INTERVAL '{days} days' AND done_at <= {as_of}, FALSE) AS is_late,
    COALESCE(
      done_at <= {as_of} - INTERVAL '{days} days'
        AND done_at > {as_of} - INTERVAL '{days} days' - INTERVAL '{before_days} days',
      FALSE
    ) AS is_before,
    (done_at IS NULL OR done_at > {as_of}) AND (abandoned_at IS NULL OR abandoned_at > {as_of}) AS is_open
  FROM facts.work_items
  WHERE excluded IS NULL AND project_id IS NOT NULL AND created_at <= {as_of}
),
counted AS (
  SELECT
    project_id,
    CAST(count(*) FILTER (WHERE is_late) AS DOUBLE) AS late,
    CAST(count(*) FILTER (WHERE is_before) AS DOUBLE) AS before,
    count(*) FILTER (WHERE is_open) AS open,
    CAST({days} AS DOUBLE) / {before_days} AS rho,
    array_agg(id ORDER BY done_at DESC, id) FILTER (WHERE is_late OR is_before) AS evidence
  FROM items
  GROUP BY project_id
)
SELECT
  project_id AS subject_id,
  least(
    ramp(1 - late / (before * rho), {from}, {full}),
    ramp(2 * (sqrt(rho * (before + 0.375)) - sqrt(late + 0.375)) / sqrt(1 + rho), {z_from}, {z_full})
  ) AS score,
  late,
  1 - late / (before * rho) AS fall,
  {days} AS days,
  evidence
FROM counted
WHERE before >= {minimum} AND before > 0 AND open > 0
