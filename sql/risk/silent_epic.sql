-- name: silent_epic
-- title: Silent epic
-- subject: epic
-- weight: 0.5
-- description: Work below an open epic was begun and is not done, and nothing has happened for a while to anything below it: no item came
--   in, moved or changed, and no pull request that names one had any activity. It counts to no project's risk: in a project much
--   else may happen. What has not moved for long is forgotten, and not in progress: an epic with nothing else is at rest.
-- formula: ramp(days since anything happened below the epic), where something is in progress
-- thresholds: from = 14 days: the days at which the risk begins; full = 42 days: at which it is 1;
--   forgotten = 84 days: after how long without a move an item is not counted
-- sentence: Nothing has happened in the epic {name} since {last}, with {wip:item,items} in progress.
-- evidence: work_item
-- version: 3
-- source: a rule of this catalogue
WITH items AS (
  SELECT id, key, parent_id, created_at, last_change_at
  FROM facts.work_items
  WHERE excluded IS NULL AND parent_id IS NOT NULL
),
begun AS (
  SELECT work_item_id
  FROM facts.work_item_stays
  WHERE excluded IS NULL AND status_category = 'doing' AND entered_at <= {as_of} AND (left_at IS NULL OR left_at > {as_of})
  GROUP BY work_item_id
  HAVING max(entered_at) > {as_of} - INTERVAL '{forgotten} days'
),
doing AS (
  SELECT
    items.parent_id,
    count(*) AS wip,
    array_agg(items.id ORDER BY items.id) AS evidence
  FROM items
  JOIN begun ON begun.work_item_id = items.id
  GROUP BY items.parent_id
),
named AS (
  SELECT
    unnest(work_item_keys) AS key,
    last_activity_at AS at
  FROM facts.pull_requests
),
events AS (
  SELECT parent_id, created_at AS at FROM items
  UNION ALL
  SELECT parent_id, last_change_at FROM items
  UNION ALL
  SELECT items.parent_id, stays.entered_at FROM items JOIN facts.work_item_stays AS stays ON stays.work_item_id = items.id
  UNION ALL
  SELECT items.parent_id, named.at FROM items JOIN named ON named.key = items.key
),
newest AS (
  SELECT
    parent_id,
    max(at) AS at
  FROM events
  WHERE at <= {as_of}
  GROUP BY parent_id
)
SELECT
  epics.id AS subject_id,
  epics.project_id,
  ramp((date_part('epoch', {as_of}) - date_part('epoch', newest.at)) / 86400, {from}, {full}) AS score,
  COALESCE(epics.title, epics.key) AS name,
  newest.at AS last,
  doing.wip,
  doing.evidence
FROM doing
JOIN newest ON newest.parent_id = doing.parent_id
JOIN facts.work_items AS epics ON epics.id = doing.parent_id
WHERE epics.level = 'epic' AND epics.created_at <= {as_of} AND (epics.done_at IS NULL OR epics.done_at > {as_of})
  AND (epics.abandoned_at IS NULL OR epics.abandoned_at > {as_of})
