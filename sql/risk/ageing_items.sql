-- name: ageing_items
-- title: Ageing items
-- subject: project
-- weight: 0.35
-- description: Much of what is in progress has been so for far longer than work of this project takes. Until enough of it is done,
--   a fixed number of days stands for that.
-- formula: ramp(items in progress for longer than the limit ÷ items in progress), where the limit is factor × the 85th percentile
--   of the cycle times of the items done
-- thresholds: from = 0.2 ratio: the share at which the risk begins; full = 0.7 ratio: at which it is 1;
--   factor = 1.5 count: how many times the percentile is the limit; history_days = 180 days: whose cycle times are looked at;
--   history_minimum = 10 count: with fewer the fixed limit holds; fixed = 30 days: that limit;
--   minimum = 2 count: with fewer ageing items nothing is said
-- sentence: {old:item is,items are} in progress for more than {most:day,days}, of {wip} in progress; the oldest since {oldest}.
-- version: 1
-- source: https://kanbanguides.org/english/
WITH doing AS (
  SELECT DISTINCT work_item_id
  FROM facts.work_item_stays
  WHERE excluded IS NULL AND status_category = 'doing' AND entered_at <= {as_of} AND (left_at IS NULL OR left_at > {as_of})
),
typical AS (
  SELECT
    project_id,
    exact_percentile(cycle_seconds, 0.85) / 86400 AS days
  FROM facts.work_items
  WHERE excluded IS NULL AND cycle_seconds IS NOT NULL
    AND done_at <= {as_of} AND done_at > {as_of} - INTERVAL '{history_days} days'
  GROUP BY project_id
  HAVING count(*) >= {history_minimum}
),
aged AS (
  SELECT
    items.project_id,
    items.id,
    items.started_at,
    COALESCE({factor} * typical.days, CAST({fixed} AS DOUBLE)) AS most,
    (date_part('epoch', {as_of}) - date_part('epoch', items.started_at)) / 86400 AS age
  FROM facts.work_items AS items
  JOIN doing ON doing.work_item_id = items.id
  LEFT JOIN typical ON typical.project_id = items.project_id
  WHERE items.excluded IS NULL AND items.project_id IS NOT NULL AND items.started_at <= {as_of}
),
counted AS (
  SELECT
    project_id,
    max(most) AS most,
    count(*) AS wip,
    count(*) FILTER (WHERE age > most) AS old,
    min(started_at) AS oldest,
    array_agg(id ORDER BY started_at, id) FILTER (WHERE age > most) AS evidence
  FROM aged
  GROUP BY project_id
)
SELECT
  project_id AS subject_id,
  ramp(CAST(old AS DOUBLE) / wip, {from}, {full}) AS score,
  old,
  most,
  wip,
  oldest,
  evidence
FROM counted
WHERE old >= {minimum}
