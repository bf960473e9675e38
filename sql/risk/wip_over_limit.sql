-- name: wip_over_limit
-- title: Work in progress over its limit
-- subject: project
-- weight: 0.25
-- description: More is in progress than the people who work on it can carry. Those are all who are assigned to an item that is in
--   progress, or was done of late. What has not moved for long is forgotten, and nobody carries it.
-- formula: ramp(items in progress ÷ people)
-- thresholds: from = 2 count: the items in progress for each person that are the limit; full = 5 count: at which the risk is 1;
--   days = 28 days: what counts as done of late; forgotten = 84 days: after how long without a move an item
--   is not counted; minimum = 5 count: with fewer items in progress nothing is said
-- sentence: {wip:item is,items are} in progress for {people:person,people}[, besides {old} that {old|is,are}
--   forgotten], where {most} for each {most|is,are} the limit.
-- evidence: work_item
-- version: 3
-- source: https://dora.dev/capabilities/wip-limits/
WITH doing AS (
  SELECT
    work_item_id,
    max(entered_at) <= {as_of} - INTERVAL '{forgotten} days' AS is_forgotten
  FROM facts.work_item_stays
  WHERE excluded IS NULL AND status_category = 'doing' AND entered_at <= {as_of} AND (left_at IS NULL OR left_at > {as_of})
  GROUP BY work_item_id
),
counted AS (
  SELECT
    items.project_id,
    count(*) FILTER (WHERE NOT doing.is_forgotten) AS wip,
    count(*) FILTER (WHERE doing.is_forgotten) AS old,
    -- What is forgotten has nobody who works on it.
    count(DISTINCT CASE WHEN doing.is_forgotten THEN NULL ELSE items.assignee_id END) AS people,
    array_agg(items.id ORDER BY items.started_at, items.id) FILTER (WHERE NOT doing.is_forgotten) AS evidence
  FROM facts.work_items AS items
  LEFT JOIN doing ON doing.work_item_id = items.id
  WHERE items.excluded IS NULL AND items.project_id IS NOT NULL
    AND (doing.work_item_id IS NOT NULL OR (items.done_at <= {as_of} AND items.done_at > {as_of} - INTERVAL '{days} days'))
  GROUP BY items.project_id
)
SELECT
  project_id AS subject_id,
  ramp(CAST(wip AS DOUBLE) / people, {from}, {full}) AS score,
  wip,
  people,
  NULLIF(old, 0) AS old,
  {from} AS most,
  evidence
FROM counted
WHERE wip >= {minimum} AND people > 0
