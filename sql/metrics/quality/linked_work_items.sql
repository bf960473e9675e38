-- name: linked_work_items
-- title: Work items linked to code
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of work items done to which code belongs: a merged pull request or a commit names the item, or one of
--   its subtasks, by its key, or by one that it had before, or its source knows of it. Some need no code: it need not reach
--   100 %. Epics and subtasks are excluded, and so are items whose status is not mapped: nobody knows whether they are done.
--   What was closed without being done is excluded as abandoned.
-- formula: items done with code ÷ items done
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: work_item
-- minimum_n: 1
-- version: 4
-- source: own definition
SELECT
  COALESCE(items.done_at, items.abandoned_at, items.created_at) AS at,
  items.repository_id,
  items.project_id,
  items.team_id,
  items.owning_team_id,
  items.id AS subject_id,
  CASE WHEN linked.id IS NOT NULL THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE
    WHEN items.excluded IS NOT NULL THEN items.excluded
    WHEN items.abandoned_at IS NOT NULL THEN 'abandoned'
  END AS excluded,
  CASE WHEN linked.id IS NULL THEN 'no code' END AS lacks
FROM facts.work_items AS items
LEFT JOIN (
  SELECT DISTINCT CASE WHEN own.level = 'subtask' THEN own.parent_id ELSE own.id END AS id
  FROM facts.work_items AS own
  JOIN (
    SELECT COALESCE(moved.key, told.key) AS key
    FROM (
      SELECT unnest(work_item_keys) AS key
      FROM facts.pull_requests
      WHERE state = 'merged'
      UNION
      SELECT unnest(work_item_keys) AS key
      FROM core.commits
      WHERE deleted_at IS NULL
    ) AS told
    LEFT JOIN (
      -- A key by which items went that are all called alike now, and by which none goes now, goes on meaning that one.
      SELECT lower(went_by.former) AS former, min(went_by.key) AS key
      FROM (
        SELECT key, unnest(former_keys) AS former
        FROM facts.work_items
        WHERE cardinality(former_keys) > 0
      ) AS went_by
      LEFT JOIN facts.work_items AS taken ON taken.key = went_by.former
      WHERE taken.id IS NULL
      GROUP BY lower(went_by.former)
      HAVING min(went_by.key) = max(went_by.key)
    ) AS moved ON moved.former = lower(told.key)
  ) AS named ON named.key = own.key
) AS linked ON linked.id = items.id
WHERE items.is_done OR items.abandoned_at IS NOT NULL OR items.excluded IN ('unmapped status', 'abandoned')
