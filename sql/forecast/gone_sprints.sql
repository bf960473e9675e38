-- In which sprints that have begun the items were that their source has no more, one row for each stay.
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
INNER JOIN core.sprints AS sprints ON sprints.id = stays.sprint_id AND sprints.deleted_at IS NULL
WHERE items.deleted_at IS NOT NULL AND (stays.deleted_at IS NULL OR stays.observed_at >= items.observed_at)
  AND sprints.state IN ('active', 'closed') AND sprints.starts_at IS NOT NULL
  AND coalesce(sprints.completed_at, sprints.ends_at) IS NOT NULL
