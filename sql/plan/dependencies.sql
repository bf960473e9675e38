-- The open items of a project that wait for others that are open, and the open items that wait for those of the project. First those whose other
-- has not moved for longest. Of items whose status is not mapped nobody knows whether they are open; one whose status means done is done or was
-- abandoned, also where nobody knows since when.
-- The words in braces are put in by `engine/src/plan.rs`.
WITH links AS (
  {dependencies}
),
wanted AS (
  {named_project}
),
moves AS (
  SELECT
    work_item_id,
    max(entered_at) AS moved_at
  FROM facts.work_item_stays
  GROUP BY work_item_id
),
unfinished AS (
  SELECT
    items.id,
    items.key,
    items.title,
    items.url,
    items.project_id,
    projects.name AS project,
    wanted.id IS NOT NULL AS is_own,
    COALESCE(moves.moved_at, items.created_at) AS moved_at
  FROM facts.work_items AS items
  LEFT JOIN moves ON moves.work_item_id = items.id
  LEFT JOIN wanted ON wanted.id = items.project_id
  LEFT JOIN core.projects AS projects ON projects.id = items.project_id AND projects.deleted_at IS NULL
  WHERE (items.status_category IS DISTINCT FROM 'done')
    -- Epics and subtasks wait and block, too, and no reason of theirs says whether their status is mapped.
    AND (items.excluded IS NULL OR (items.excluded <> 'project deleted' AND items.status_category IS NOT NULL))
)
SELECT DISTINCT
  waiting.id AS waiting_id,
  waiting.key AS waiting_key,
  waiting.title AS waiting_title,
  waiting.url AS waiting_url,
  waiting.project_id AS waiting_project_id,
  waiting.project AS waiting_project,
  blocking.id AS blocking_id,
  blocking.key AS blocking_key,
  blocking.title AS blocking_title,
  blocking.url AS blocking_url,
  blocking.project_id AS blocking_project_id,
  blocking.project AS blocking_project,
  blocking.moved_at AS unmoved_since
FROM links
JOIN unfinished AS waiting ON waiting.id = links.waiting_id
JOIN unfinished AS blocking ON blocking.id = links.blocking_id
WHERE waiting.is_own OR blocking.is_own
ORDER BY unmoved_since, waiting_id, blocking_id
