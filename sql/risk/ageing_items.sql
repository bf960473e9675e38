-- name: ageing_items
-- title: Ageing items
-- subject: project
-- weight: 0.35
-- description: Much of what was begun is in progress for far longer than work of this project takes. Until enough of it is done, a
--   fixed number of days stands for that. Looked at is all that was begun in some weeks, long enough ago to be done: of what is
--   in progress a large part is always old, because the old stays, and what was forgotten long ago is no sign of today.
-- formula: ramp(items in progress for longer than the limit ÷ items begun), of the items begun in the days before the limit, where
--   the limit is factor × the 85th percentile of the cycle times of the items done
-- thresholds: from = 0.2 ratio: the share at which the risk begins; full = 0.7 ratio: at which it is 1;
--   days = 84 days: how long before the limit the items were begun; factor = 1.5 count: how many times the percentile is the limit; history_days = 180 days: whose cycle times are looked at;
--   history_minimum = 10 count: with fewer the fixed limit holds; fixed = 30 days: that limit;
--   minimum = 2 count: with fewer ageing items nothing is said
-- sentence: {old:item is,items are} in progress for more than {most:day,days}, of {begun} that were begun in the {days} days before; the
--   oldest since {oldest}.
-- evidence: work_item
-- version: 3
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
    (date_part('epoch', {as_of}) - date_part('epoch', items.started_at)) / 86400 AS age,
    doing.work_item_id IS NOT NULL AS is_doing
  FROM facts.work_items AS items
  LEFT JOIN doing ON doing.work_item_id = items.id
  LEFT JOIN typical ON typical.project_id = items.project_id
  WHERE items.excluded IS NULL AND items.project_id IS NOT NULL AND items.started_at <= {as_of}
    AND (items.abandoned_at IS NULL OR items.abandoned_at > {as_of})
),
counted AS (
  SELECT
    project_id,
    max(most) AS most,
    count(*) AS begun,
    count(*) FILTER (WHERE is_doing) AS old,
    min(started_at) FILTER (WHERE is_doing) AS oldest,
    array_agg(id ORDER BY started_at, id) FILTER (WHERE is_doing) AS evidence
  FROM aged
  WHERE age > most AND age <= most + {days}
  GROUP BY project_id
)
SELECT
  project_id AS subject_id,
  ramp(CAST(old AS DOUBLE) / begun, {from}, {full}) AS score,
  old,
  most,
  begun,
  {days} AS days,
  oldest,
  evidence
FROM counted
WHERE old >= {minimum}
