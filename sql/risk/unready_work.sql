-- name: unready_work
-- title: Unestimated or unowned work
-- subject: project
-- weight: 0.25
-- description: Much of what is in progress is assigned to nobody, or has no estimate where the project estimates such work: where at
--   least half of its items of that type that were done of late have one. Assignee and estimate are those of now.
--   What has not moved for long is forgotten, and not counted as in progress.
-- formula: ramp(items in progress without an assignee or a due estimate ÷ items in progress)
-- thresholds: from = 0.2 ratio: the share at which the risk begins; full = 0.7 ratio: at which it is 1;
--   days = 84 days: what counts as done of late; forgotten = 84 days: after how long without a move an item is not counted;
--   minimum = 3 count: with fewer such items nothing is said
-- sentence: [{mixed} of {wip} items in progress {mixed|has,have} no owner or no estimate: {unowned:has,have} no owner, and
--   {unestimated:has,have} no estimate.][{only_unowned} of {wip} items in progress {only_unowned|has,have} no owner.][{only_unestimated} of {wip} items in
--   progress {only_unestimated|has,have} no estimate, where the project estimates such work.]
-- evidence: work_item
-- version: 4
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
    items.project_id,
    items.id,
    items.started_at,
    items.assignee_id IS NULL AS is_unowned,
    items.points IS NULL AND estimating.project_id IS NOT NULL AS is_unestimated
  FROM facts.work_items AS items
  JOIN doing ON doing.work_item_id = items.id
  LEFT JOIN estimating ON estimating.project_id = items.project_id AND estimating.kind = COALESCE(items.kind, '')
  WHERE items.excluded IS NULL AND items.project_id IS NOT NULL
),
counted AS (
  SELECT
    project_id,
    count(*) AS wip,
    count(*) FILTER (WHERE is_unowned) AS unowned,
    count(*) FILTER (WHERE is_unestimated) AS unestimated,
    count(*) FILTER (WHERE is_unowned OR is_unestimated) AS unready,
    array_agg(id ORDER BY started_at, id) FILTER (WHERE is_unowned OR is_unestimated) AS evidence
  FROM items
  GROUP BY project_id
)
SELECT
  project_id AS subject_id,
  ramp(CAST(unready AS DOUBLE) / wip, {from}, {full}) AS score,
  CASE WHEN unowned > 0 AND unestimated > 0 THEN unready END AS mixed,
  CASE WHEN unestimated = 0 THEN unready END AS only_unowned,
  CASE WHEN unowned = 0 THEN unready END AS only_unestimated,
  wip,
  unowned,
  unestimated,
  evidence
FROM counted
WHERE unready >= {minimum}
