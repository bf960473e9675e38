-- name: overdue_epic
-- title: Overdue epic without open items
-- subject: epic
-- closing: true
-- weight: 0.3
-- description: The due date of an open epic is over, and no item below it is open: it is to be closed, or what is left of it is written down
--   nowhere. While an item is open, its forecast tells that it is late; without one there is nothing to forecast. Of an epic whose status is not
--   mapped, or below which stands an item whose status is not, nobody knows whether it is done: nothing is said of it, nor of one that was
--   forgotten long after its due date. It counts to no project's risk: no work is open that could be late.
-- formula: ramp(days of the tenant's clocks since the due date was over), where no item below the epic is open
-- thresholds: from = 1 days: the days at which the risk begins; full = 15 days: at which it is 1;
--   forgotten = 84 days: after how long without a change of it, or of what is below it, one is forgotten
-- sentence: The epic {name} was due on {due_on} and is not done, with no open item below it[: {done:item is,items are} done][, {open_epics:epic
--   is,epics are} open].
-- evidence: work_item
-- version: 3
-- source: a rule of this catalogue
WITH below AS (
  SELECT
    parent_id,
    -- One whose status is not mapped may be open. What was left in a project that is gone will never be done.
    count(*) FILTER (
      WHERE level = 'item' AND (done_at IS NULL OR done_at > {as_of}) AND (abandoned_at IS NULL OR abandoned_at > {as_of})
        AND COALESCE(excluded, '') <> 'project deleted'
    ) AS open_items,
    count(*) FILTER (WHERE level = 'item' AND done_at <= {as_of}) AS done,
    count(*) FILTER (
      WHERE level = 'epic' AND (done_at IS NULL OR done_at > {as_of}) AND (abandoned_at IS NULL OR abandoned_at > {as_of})
    ) AS open_epics,
    max(CASE WHEN last_change_at <= {as_of} THEN last_change_at ELSE created_at END) AS changed_at
  FROM facts.work_items
  WHERE parent_id IS NOT NULL AND created_at <= {as_of}
  GROUP BY parent_id
),
overdue AS (
  SELECT
    epics.id,
    epics.project_id,
    COALESCE(epics.title, epics.key) AS name,
    epics.due_on,
    below.done,
    below.open_epics,
    (date_part('epoch', {local_time}) - date_part('epoch', epics.due_on)) / 86400 - 1 AS late,
    (
      date_part('epoch', {as_of})
        - date_part('epoch', CASE WHEN epics.last_change_at <= {as_of} THEN epics.last_change_at ELSE epics.created_at END)
    ) / 86400 AS unchanged,
    (date_part('epoch', {as_of}) - date_part('epoch', below.changed_at)) / 86400 AS unchanged_below
  FROM facts.work_items AS epics
  LEFT JOIN below ON below.parent_id = epics.id
  WHERE epics.level = 'epic' AND epics.due_on IS NOT NULL AND epics.status_category IS NOT NULL
    AND epics.created_at <= {as_of} AND (epics.done_at IS NULL OR epics.done_at > {as_of})
    AND (epics.abandoned_at IS NULL OR epics.abandoned_at > {as_of})
    AND COALESCE(below.open_items, 0) = 0
)
SELECT
  id AS subject_id,
  project_id,
  ramp(late, {from}, {full}) AS score,
  name,
  due_on,
  NULLIF(done, 0) AS done,
  NULLIF(open_epics, 0) AS open_epics,
  make_array(id) AS evidence
FROM overdue
WHERE least(late, unchanged, COALESCE(unchanged_below, unchanged)) <= {forgotten}
