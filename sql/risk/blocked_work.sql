-- name: blocked_work
-- title: Blocked work
-- subject: project
-- weight: 0.4
-- description: Much of what is in progress has been blocked for days. Only the block that still stands is known of an item; earlier
--   ones count in its flow times alone. What has neither moved nor been blocked anew for long is forgotten, and nobody waits for it.
-- formula: ramp(items blocked for longer than the days ÷ items in progress or blocked)
-- thresholds: from = 0.1 ratio: the share at which the risk begins; full = 0.5 ratio: at which it is 1;
--   days = 3 days: how long a block may last; forgotten = 84 days: after how long without a move or a new block an item
--   is not counted; minimum = 2 count: with fewer blocked items nothing is said
-- sentence: {blocked:item is,items are} blocked for more than {days:day,days}, of {wip} in progress[, besides {old} that {old|is,are}
--   forgotten]; the longest since {oldest}.
-- evidence: work_item
-- version: 3
-- source: https://kanbanguides.org/english/
WITH stays AS (
  SELECT
    work_item_id,
    max(entered_at) AS moved_at,
    count(*) FILTER (WHERE status_category = 'doing') > 0 AS is_doing
  FROM facts.work_item_stays
  WHERE excluded IS NULL AND (status_category IS DISTINCT FROM 'done')
    AND entered_at <= {as_of} AND (left_at IS NULL OR left_at > {as_of})
  GROUP BY work_item_id
),
items AS (
  SELECT
    items.project_id,
    items.id,
    items.blocked_since,
    COALESCE(items.blocked_since <= {as_of} - INTERVAL '{days} days', FALSE) AS is_blocked,
    COALESCE(stays.is_doing, FALSE) AS is_doing,
    COALESCE(stays.moved_at > {as_of} - INTERVAL '{forgotten} days', FALSE)
      OR COALESCE(items.blocked_since > {as_of} - INTERVAL '{forgotten} days' AND items.blocked_since <= {as_of}, FALSE) AS is_alive
  FROM facts.work_items AS items
  LEFT JOIN stays ON stays.work_item_id = items.id
  WHERE items.excluded IS NULL AND items.project_id IS NOT NULL
    AND items.created_at <= {as_of} AND (items.done_at IS NULL OR items.done_at > {as_of})
    AND (items.abandoned_at IS NULL OR items.abandoned_at > {as_of})
),
counted AS (
  SELECT
    project_id,
    count(*) FILTER (WHERE is_blocked AND is_alive) AS blocked,
    count(*) FILTER (WHERE is_blocked AND NOT is_alive) AS old,
    count(*) FILTER (WHERE (is_doing OR is_blocked) AND is_alive) AS wip,
    min(blocked_since) FILTER (WHERE is_blocked AND is_alive) AS oldest,
    array_agg(id ORDER BY blocked_since, id) FILTER (WHERE is_blocked AND is_alive) AS evidence
  FROM items
  GROUP BY project_id
)
SELECT
  project_id AS subject_id,
  ramp(CAST(blocked AS DOUBLE) / wip, {from}, {full}) AS score,
  blocked,
  {days} AS days,
  wip,
  NULLIF(old, 0) AS old,
  oldest,
  evidence
FROM counted
WHERE blocked >= {minimum} AND wip > 0
