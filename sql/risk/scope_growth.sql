-- name: scope_growth
-- title: Scope growth
-- subject: project
-- weight: 0.5
-- description: More work comes in than is done or abandoned, by more than chance alone would bring about, and so what is left grows. Epics
--   and subtasks are not counted. What came in and what went out are compared as the counts of two Poisson processes.
-- formula: the smaller of ramp(excess) and ramp(z), where excess = net ÷ items done, or ÷ 1 where none was, z = net ÷ √(items added +
--   items abandoned + items done), and net = items added − items abandoned − items done
-- thresholds: from = 0.25 ratio: the excess at which the risk begins; full = 1 ratio: at which it is 1;
--   z_from = 2.5 count: the z at which the risk begins; z_full = 4 count: at which it is 1;
--   days = 28 days: how far back it looks; minimum = 10 count: with fewer open items nothing is said
-- sentence: Open work grew {growth:grown} in {days} days: {added:item was,items were} added[, {abandoned} abandoned], {done} done.
-- evidence: work_item
-- version: 3
-- source: a rule of this catalogue
WITH items AS (
  SELECT
    project_id,
    id,
    created_at,
    created_at > {as_of} - INTERVAL '{days} days' AS is_new,
    done_at IS NULL OR done_at > {as_of} - INTERVAL '{days} days' AS was_open,
    done_at > {as_of} - INTERVAL '{days} days' AND done_at <= {as_of} AS is_done,
    COALESCE(abandoned_at <= {as_of}, FALSE) AS is_abandoned
  FROM facts.work_items
  WHERE excluded IS NULL AND project_id IS NOT NULL AND created_at <= {as_of}
    AND (abandoned_at IS NULL OR abandoned_at > {as_of} - INTERVAL '{days} days')
),
counted AS (
  SELECT
    project_id,
    count(*) FILTER (WHERE NOT is_new AND was_open) AS before,
    count(*) FILTER (WHERE is_new) AS added,
    count(*) FILTER (WHERE is_abandoned) AS abandoned,
    count(*) FILTER (WHERE is_done) AS done,
    array_agg(id ORDER BY created_at DESC, id) FILTER (WHERE is_new) AS evidence
  FROM items
  GROUP BY project_id
)
SELECT
  project_id AS subject_id,
  least(
    ramp(CAST(added - abandoned - done AS DOUBLE) / greatest(done, 1), {from}, {full}),
    ramp((added - abandoned - done) / sqrt(NULLIF(added + abandoned + done, 0)), {z_from}, {z_full})
  ) AS score,
  CAST(added - abandoned - done AS DOUBLE) / before AS growth,
  added,
  NULLIF(abandoned, 0) AS abandoned,
  done,
  {days} AS days,
  evidence
FROM counted
WHERE before >= {minimum} AND before > 0
