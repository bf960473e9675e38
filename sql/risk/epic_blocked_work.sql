-- name: epic_blocked_work
-- title: An epic's blocked work
-- subject: epic
-- weight: 0.4
-- description: Much of what is in progress below an open epic has been blocked for days, in whichever projects it is. What stands
--   below the epic now is looked at, and only the block that still stands is known of an item. What has neither moved nor been
--   blocked anew for long is forgotten. It counts to no project's risk: the items are among those of their projects already.
-- formula: ramp(items blocked for longer than the days ÷ items in progress or blocked), of the items below the epic
-- thresholds: from = 0.1 ratio: the share at which the risk begins; full = 0.5 ratio: at which it is 1;
--   days = 3 days: how long a block may last; forgotten = 84 days: after how long without a move or a new block an item
--   is not counted; minimum = 2 count: with fewer blocked items nothing is said
-- sentence: In the epic {name} {blocked:item is,items are} blocked for more than {days:day,days}, of {wip} in progress[, besides {old}
--   that {old|is,are} forgotten]; the longest since {oldest}.
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
    items.parent_id,
    items.id,
    items.blocked_since,
    COALESCE(items.blocked_since <= {as_of} - INTERVAL '{days} days', FALSE) AS is_blocked,
    COALESCE(stays.is_doing, FALSE) AS is_doing,
    COALESCE(stays.moved_at > {as_of} - INTERVAL '{forgotten} days', FALSE)
      OR COALESCE(items.blocked_since > {as_of} - INTERVAL '{forgotten} days' AND items.blocked_since <= {as_of}, FALSE) AS is_alive
  FROM facts.work_items AS items
  LEFT JOIN stays ON stays.work_item_id = items.id
  WHERE items.excluded IS NULL AND items.parent_id IS NOT NULL
    AND items.created_at <= {as_of} AND (items.done_at IS NULL OR items.done_at > {as_of})
    AND (items.abandoned_at IS NULL OR items.abandoned_at > {as_of})
),
counted AS (
  SELECT
    parent_id,
    count(*) FILTER (WHERE is_blocked AND is_alive) AS blocked,
    count(*) FILTER (WHERE is_blocked AND NOT is_alive) AS old,
    count(*) FILTER (WHERE (is_doing OR is_blocked) AND is_alive) AS wip,
    min(blocked_since) FILTER (WHERE is_blocked AND is_alive) AS oldest,
    array_agg(id ORDER BY blocked_since, id) FILTER (WHERE is_blocked AND is_alive) AS evidence
  FROM items
  GROUP BY parent_id
)
SELECT
  epics.id AS subject_id,
  epics.project_id,
  ramp(CAST(counted.blocked AS DOUBLE) / counted.wip, {from}, {full}) AS score,
  COALESCE(epics.title, epics.key) AS name,
  counted.blocked,
  {days} AS days,
  counted.wip,
  NULLIF(counted.old, 0) AS old,
  counted.oldest,
  counted.evidence
FROM counted
JOIN facts.work_items AS epics ON epics.id = counted.parent_id
WHERE epics.level = 'epic' AND epics.created_at <= {as_of} AND (epics.done_at IS NULL OR epics.done_at > {as_of})
  AND (epics.abandoned_at IS NULL OR epics.abandoned_at > {as_of})
  AND counted.blocked >= {minimum} AND counted.wip > 0
