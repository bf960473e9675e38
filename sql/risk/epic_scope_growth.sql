-- name: epic_scope_growth
-- title: An epic's scope growth
-- subject: epic
-- weight: 0.5
-- description: More comes below an open epic than is done of it or taken out, by more than chance alone would bring about, and so what
--   is left of it grows. An item came when it was made, or was put below the epic, as its history tells; one that was below it, open, and
--   stands elsewhere now, or was abandoned, was taken out. Of an epic of which nothing was begun before, nothing is said: it is still being planned.
--   It counts to no project's risk: the items are among those of their projects already.
-- formula: the smaller of ramp(excess) and ramp(z), where excess = net ÷ items done, or ÷ 1 where none was, z = net ÷ √(items added +
--   items taken out + items done), and net = items added − items taken out − items done, of the items below the epic
-- thresholds: from = 0.25 ratio: the excess at which the risk begins; full = 1 ratio: at which it is 1;
--   z_from = 2.5 count: the z at which the risk begins; z_full = 4 count: at which it is 1;
--   days = 28 days: how far back it looks; minimum = 5 count: with fewer items that were open before nothing is said
-- sentence: Open work of the epic {name} grew {growth:grown} in {days} days: {added:item was,items were} added[, {removed} taken
--   out], {done} done.
-- evidence: work_item
-- version: 2
-- source: a rule of this catalogue
WITH moves AS (
  {parents}
),
placed AS (
  SELECT
    work_item_id,
    from_id,
    row_number() OVER (PARTITION BY work_item_id ORDER BY changed_at, from_id) AS place
  FROM moves
  WHERE changed_at > {as_of} - INTERVAL '{days} days' AND changed_at <= {as_of}
),
-- What each item that was moved was below when the days began.
before AS (
  SELECT
    work_item_id,
    from_id
  FROM placed
  WHERE place = 1
),
items AS (
  SELECT
    items.parent_id,
    items.id,
    items.created_at,
    items.started_at <= {as_of} - INTERVAL '{days} days' AS was_begun,
    items.created_at > {as_of} - INTERVAL '{days} days'
      OR NOT COALESCE(before.from_id = items.parent_id, before.work_item_id IS NULL) AS is_new,
    items.done_at IS NULL OR items.done_at > {as_of} - INTERVAL '{days} days' AS was_open,
    items.done_at > {as_of} - INTERVAL '{days} days' AND items.done_at <= {as_of} AS is_done,
    COALESCE(items.abandoned_at <= {as_of}, FALSE) AS is_abandoned
  FROM facts.work_items AS items
  LEFT JOIN before ON before.work_item_id = items.id
  WHERE items.excluded IS NULL AND items.parent_id IS NOT NULL AND items.created_at <= {as_of}
    AND (items.abandoned_at IS NULL OR items.abandoned_at > {as_of} - INTERVAL '{days} days')
),
gone AS (
  SELECT
    before.from_id,
    count(*) AS removed
  FROM before
  JOIN facts.work_items AS items ON items.id = before.work_item_id
  WHERE items.excluded IS NULL AND items.created_at <= {as_of} - INTERVAL '{days} days'
    AND (before.from_id IS DISTINCT FROM items.parent_id)
    AND (items.done_at IS NULL OR items.done_at > {as_of} - INTERVAL '{days} days')
    AND (items.abandoned_at IS NULL OR items.abandoned_at > {as_of} - INTERVAL '{days} days')
  GROUP BY before.from_id
),
counted AS (
  SELECT
    items.parent_id,
    COALESCE(min(gone.removed), 0) + count(*) FILTER (WHERE items.is_abandoned) AS removed,
    count(*) FILTER (WHERE NOT items.is_new AND items.was_open) + COALESCE(min(gone.removed), 0) AS before,
    count(*) FILTER (WHERE items.is_new AND items.was_open) AS added,
    count(*) FILTER (WHERE items.is_done) AS done,
    count(*) FILTER (WHERE items.was_begun) AS begun,
    array_agg(items.id ORDER BY items.created_at DESC, items.id) FILTER (WHERE items.is_new AND items.was_open) AS evidence
  FROM items
  LEFT JOIN gone ON gone.from_id = items.parent_id
  GROUP BY items.parent_id
)
SELECT
  epics.id AS subject_id,
  epics.project_id,
  least(
    ramp(CAST(added - removed - done AS DOUBLE) / greatest(done, 1), {from}, {full}),
    ramp((added - removed - done) / sqrt(NULLIF(added + removed + done, 0)), {z_from}, {z_full})
  ) AS score,
  COALESCE(epics.title, epics.key) AS name,
  CAST(added - removed - done AS DOUBLE) / before AS growth,
  added,
  NULLIF(removed, 0) AS removed,
  done,
  {days} AS days,
  evidence
FROM counted
JOIN facts.work_items AS epics ON epics.id = counted.parent_id
WHERE epics.level = 'epic' AND epics.created_at <= {as_of} AND (epics.done_at IS NULL OR epics.done_at > {as_of})
  AND (epics.abandoned_at IS NULL OR epics.abandoned_at > {as_of})
  AND begun > 0 AND before >= {minimum} AND before > 0
