-- In which sprints that have begun the items were that their source has no more, one row for each stay. Of a sprint that is not shown there
-- is its id alone: what it is called, and when it runs, other items of it tell. A stay that was gone before its item is none.
SELECT
  stays.sprint_id,
  stays.work_item_id,
  sprints.name AS sprint_name,
  sprints.state AS sprint_state,
  sprints.starts_at AS sprint_starts_at,
  coalesce(sprints.completed_at, sprints.ends_at) AS sprint_ends_at,
  stays.added_at,
  stays.removed_at,
  sprints.project_id AS sprint_project_id
FROM core.sprint_items AS stays
INNER JOIN core.work_items AS items ON items.id = stays.work_item_id
LEFT JOIN core.sprints AS sprints
  ON sprints.id = stays.sprint_id AND sprints.deleted_at IS NULL AND sprints.state IN ('active', 'closed')
WHERE items.deleted_at IS NOT NULL
  AND (stays.deleted_at IS NULL OR (stays.observed_at >= items.observed_at AND stays.deleted_at >= items.deleted_at))
