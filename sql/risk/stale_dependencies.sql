-- name: stale_dependencies
-- title: Stale dependencies
-- subject: project
-- weight: 0.3
-- description: Open items wait for others that are not done and have not moved for a while. A link counts when its type is `blocks`,
--   `is blocked by`, `blocked by`, `depends on` or `is depended on by`. When a link was made is not known.
--   Of items, epics and subtasks whose status is not mapped nobody knows whether they are done: they do not count.
-- formula: ramp(open items that wait for an unmoved one)
-- thresholds: from = 0 count: the number at which the risk is still 0; full = 10 count: at which it is 1;
--   days = 14 days: for how long an item may stay where it is
-- sentence: {waiting:item waits,items wait} for others that have not moved for more than {days:day,days}; the longest since {oldest}.
-- evidence: work_item
-- version: 6
-- source: a rule of this catalogue
WITH links AS (
  {dependencies}
),
moves AS (
  SELECT
    work_item_id,
    max(entered_at) AS moved_at
  FROM facts.work_item_stays
  WHERE entered_at <= {as_of}
  GROUP BY work_item_id
),
waiting AS (
  SELECT
    items.project_id,
    items.id,
    min(COALESCE(moves.moved_at, blocking.created_at)) AS since
  FROM links
  JOIN facts.work_items AS items ON items.id = links.waiting_id
  JOIN facts.work_items AS blocking ON blocking.id = links.blocking_id
  LEFT JOIN moves ON moves.work_item_id = blocking.id
  WHERE items.project_id IS NOT NULL
    -- Epics and subtasks wait and block, too, and no reason of theirs says whether their status is mapped.
    AND (items.excluded IS NULL OR (items.excluded <> 'project deleted' AND items.status_category IS NOT NULL))
    AND (blocking.excluded IS NULL OR (blocking.excluded <> 'project deleted' AND blocking.status_category IS NOT NULL))
    AND items.created_at <= {as_of} AND (items.done_at IS NULL OR items.done_at > {as_of})
    AND (items.abandoned_at IS NULL OR items.abandoned_at > {as_of})
    AND blocking.created_at <= {as_of} AND (blocking.done_at IS NULL OR blocking.done_at > {as_of})
    AND (blocking.abandoned_at IS NULL OR blocking.abandoned_at > {as_of})
    AND COALESCE(moves.moved_at, blocking.created_at) <= {as_of} - INTERVAL '{days} days'
  GROUP BY items.project_id, items.id
)
SELECT
  project_id AS subject_id,
  ramp(count(*), {from}, {full}) AS score,
  count(*) AS waiting,
  {days} AS days,
  min(since) AS oldest,
  array_agg(id ORDER BY since, id) AS evidence
FROM waiting
GROUP BY project_id
