-- The versions of projects and the milestones of repositories, and what is to be fixed in each now. One that nothing is to be fixed in stands
-- alone. Many have a `1.0`: its name begins with that of what it is of. A repository is in the first of its projects, as everywhere.
-- An item that its source has no more was to be fixed where it was when that told of it last.
WITH owners AS (
  {repository_owners}
),
wholes AS (
  SELECT
    id,
    name,
    id AS project_id,
    team_id
  FROM core.projects
  UNION ALL
  SELECT
    repositories.id,
    split_part(repositories.name, '/', 2) AS name,
    owners.project_id,
    owners.team_id
  FROM core.repositories AS repositories
  LEFT JOIN owners ON owners.repository_id = repositories.id
),
dated AS (
  SELECT
    *,
    coalesce(project_id, repository_id) AS of_id
  FROM core.versions
  WHERE deleted_at IS NULL
),
fixes AS (
  SELECT
    held.version_id,
    held.work_item_id
  FROM core.work_item_versions AS held
  LEFT JOIN core.work_items AS items ON items.id = held.work_item_id
  WHERE held.relation = 'fix'
    AND (held.deleted_at IS NULL OR (held.observed_at >= items.observed_at AND held.deleted_at >= items.deleted_at))
)
SELECT
  versions.id,
  CASE WHEN starts_with(versions.name, wholes.name) THEN versions.name ELSE concat_ws(' ', wholes.name, versions.name) END AS name,
  versions.of_id,
  coalesce(versions.project_id, wholes.project_id) AS project_id,
  wholes.team_id,
  versions.starts_on,
  versions.release_on,
  versions.is_released OR versions.is_archived AS is_over,
  fixed.work_item_id
FROM dated AS versions
LEFT JOIN wholes ON wholes.id = versions.of_id
LEFT JOIN fixes AS fixed ON fixed.version_id = versions.id
