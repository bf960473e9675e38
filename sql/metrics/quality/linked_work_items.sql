-- name: linked_work_items
-- title: Work items linked to code
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of work items done to which code belongs: a merged pull request or a commit names the item, or one of
--   its subtasks, by its key, or its source knows of it. Some need no code: it need not reach 100 %. Epics and subtasks are
--   excluded, and so are items whose status is not mapped: nobody knows whether they are done.
-- formula: items done with code ÷ items done
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: work_item
-- minimum_n: 1
-- version: 2
-- source: own definition
SELECT
  COALESCE(items.done_at, items.created_at) AS at,
  items.repository_id,
  items.project_id,
  items.team_id,
  items.owning_team_id,
  items.id AS subject_id,
  CASE WHEN linked.id IS NOT NULL THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  items.excluded,
  CASE WHEN linked.id IS NULL THEN 'no code' END AS lacks
FROM facts.work_items AS items
LEFT JOIN (
  SELECT DISTINCT CASE WHEN own.level = 'subtask' THEN own.parent_id ELSE own.id END AS id
  FROM facts.work_items AS own
  JOIN (
    SELECT id, key FROM facts.work_items
    UNION ALL
    -- A key by which one item alone went before it moved, and by which none goes now, goes on meaning it.
    SELECT min(moved.work_item_id) AS id, moved.from_value AS key
    FROM core.work_item_transitions AS moved
    JOIN facts.work_items AS items ON items.id = moved.work_item_id
    LEFT JOIN facts.work_items AS taken ON taken.key = moved.from_value
    WHERE moved.field = 'key' AND moved.deleted_at IS NULL AND taken.id IS NULL
    GROUP BY moved.from_value
    HAVING min(moved.work_item_id) = max(moved.work_item_id)
  ) AS called ON called.id = own.id
  JOIN (
    SELECT unnest(work_item_keys) AS key
    FROM facts.pull_requests
    WHERE state = 'merged'
    UNION
    SELECT unnest(work_item_keys) AS key
    FROM core.commits
    WHERE deleted_at IS NULL
  ) AS named ON named.key = called.key
) AS linked ON linked.id = items.id
WHERE items.is_done OR items.excluded = 'unmapped status'
