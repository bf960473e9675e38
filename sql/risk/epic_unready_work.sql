-- name: epic_unready_work
-- title: An epic's unestimated or unowned work
-- subject: epic
-- weight: 0.25
-- description: Much of what is in progress below an open epic is assigned to nobody, or has no estimate where its project estimates such
--   work: where at least half of its items of that type that were done of late have one. Assignee, estimate and epic are those of now.
--   What has not moved for long is forgotten, and not counted as in progress. It counts to no project's risk: the items are among those of
--   their projects already.
-- formula: ramp(items in progress without an assignee or a due estimate ÷ items in progress), of the items below the epic
-- thresholds: from = 0.2 ratio: the share at which the risk begins; full = 0.7 ratio: at which it is 1;
--   days = 84 days: what counts as done of late; forgotten = 84 days: after how long without a move an item is not counted;
--   minimum = 3 count: with fewer such items nothing is said
-- sentence: [{mixed} of {wip} items in progress in the epic {name} {mixed|has,have} no owner or no estimate: {unowned:has,have} no owner,
--   and {unestimated:has,have} no estimate.][{only_unowned} of {wip} items in progress in the epic {name} {only_unowned|has,have} no owner.][{only_unestimated}
--   of {wip} items in progress in the epic {name} {only_unestimated|has,have} no estimate, where their projects estimate such work.]
-- evidence: work_item
-- version: 3
-- source: a rule of this catalogue
WITH doing AS (
  SELECT work_item_id
  FROM facts.work_item_stays
  WHERE excluded IS NULL AND status_category = 'doing' AND entered_at <= {as_of} AND (left_at IS NULL OR left_at > {as_of})
  GROUP BY work_item_id
  HAVING max(entered_at) > {as_of} - INTERVAL '{forgotten} days'
),
estimating AS (
  SELECT
    project_id,
    COALESCE(kind, '') AS kind
  FROM facts.work_items
  WHERE excluded IS NULL AND done_at <= {as_of} AND done_at > {as_of} - INTERVAL '{days} days'
  GROUP BY project_id, COALESCE(kind, '')
  HAVING 2 * count(points) >= count(*)
),
items AS (
  SELECT
    items.parent_id,
    items.id,
    items.started_at,
    items.assignee_id IS NULL AS is_unowned,
    items.points IS NULL AND estimating.project_id IS NOT NULL AS is_unestimated
  FROM facts.work_items AS items
  JOIN doing ON doing.work_item_id = items.id
  LEFT JOIN estimating ON estimating.project_id = items.project_id AND estimating.kind = COALESCE(items.kind, '')
  WHERE items.excluded IS NULL AND items.parent_id IS NOT NULL
),
counted AS (
  SELECT
    parent_id,
    count(*) AS wip,
    count(*) FILTER (WHERE is_unowned) AS unowned,
    count(*) FILTER (WHERE is_unestimated) AS unestimated,
    count(*) FILTER (WHERE is_unowned OR is_unestimated) AS unready,
    array_agg(id ORDER BY started_at, id) FILTER (WHERE is_unowned OR is_unestimated) AS evidence
  FROM items
  GROUP BY parent_id
)
SELECT
  epics.id AS subject_id,
  epics.project_id,
  ramp(CAST(counted.unready AS DOUBLE) / counted.wip, {from}, {full}) AS score,
  COALESCE(epics.title, epics.key) AS name,
  CASE WHEN counted.unowned > 0 AND counted.unestimated > 0 THEN counted.unready END AS mixed,
  CASE WHEN counted.unestimated = 0 THEN counted.unready END AS only_unowned,
  CASE WHEN counted.unowned = 0 THEN counted.unready END AS only_unestimated,
  counted.wip,
  counted.unowned,
  counted.unestimated,
  counted.evidence
FROM counted
JOIN facts.work_items AS epics ON epics.id = counted.parent_id
WHERE epics.level = 'epic' AND epics.created_at <= {as_of} AND (epics.done_at IS NULL OR epics.done_at > {as_of})
  AND (epics.abandoned_at IS NULL OR epics.abandoned_at > {as_of})
  AND counted.unready >= {minimum}
