-- In which sprints that have begun the items were that their source has no more.
WITH held AS (
  SELECT
    stays.sprint_id,
    stays.work_item_id,
    -- Unknown of one that was always in, and of one that was in to the end.
    CASE WHEN count(stays.added_at) = count(*) THEN min(stays.added_at) END AS added_at,
    CASE WHEN count(stays.removed_at) = count(*) THEN max(stays.removed_at) END AS removed_at
  FROM core.sprint_items AS stays
  INNER JOIN core.work_items AS items ON items.id = stays.work_item_id
  WHERE items.deleted_at IS NOT NULL AND (stays.deleted_at IS NULL OR stays.observed_at >= items.observed_at)
  GROUP BY stays.sprint_id, stays.work_item_id
)
SELECT
  held.sprint_id,
  held.work_item_id,
  sprints.name AS sprint_name,
  sprints.state AS sprint_state,
  sprints.starts_at AS sprint_starts_at,
  coalesce(sprints.completed_at, sprints.ends_at) AS sprint_ends_at,
  held.added_at,
  held.removed_at,
  sprints.project_id AS sprint_project_id
FROM held
INNER JOIN core.sprints AS sprints ON sprints.id = held.sprint_id AND sprints.deleted_at IS NULL
WHERE sprints.state IN ('active', 'closed') AND sprints.starts_at IS NOT NULL
  AND coalesce(sprints.completed_at, sprints.ends_at) IS NOT NULL
