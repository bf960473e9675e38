-- The milestones of a project, which are its versions and the milestones of its repositories: those that are not out, by the day that they are
-- due, and those that came out from a day on. With each what is to be fixed in it, and what of that is done, as forecasts count items.
-- The words in braces are put in by `engine/src/plan.rs`.
WITH owners AS (
  {repository_owners}
),
wanted AS (
  {named_project}
),
fixed AS (
  SELECT
    links.version_id,
    count(*) AS items,
    count(*) FILTER (WHERE items.is_done) AS done
  FROM core.work_item_versions AS links
  JOIN facts.work_items AS items ON items.id = links.work_item_id
  WHERE links.relation = 'fix' AND links.deleted_at IS NULL AND items.level = 'item' AND items.excluded IS NULL
    AND items.abandoned_at IS NULL
  GROUP BY links.version_id
)
SELECT
  versions.id,
  versions.name,
  repositories.name AS repository,
  versions.starts_on,
  versions.release_on AS due_on,
  versions.is_released,
  COALESCE(fixed.items, 0) AS items,
  COALESCE(fixed.done, 0) AS done
FROM core.versions AS versions
LEFT JOIN owners ON owners.repository_id = versions.repository_id
LEFT JOIN core.repositories AS repositories ON repositories.id = versions.repository_id
JOIN wanted ON wanted.id = COALESCE(versions.project_id, owners.project_id)
LEFT JOIN fixed ON fixed.version_id = versions.id
WHERE versions.deleted_at IS NULL AND NOT versions.is_archived
  AND (NOT versions.is_released OR versions.release_on >= DATE '{from}')
ORDER BY versions.is_released, due_on NULLS LAST, versions.name, repository, versions.id
