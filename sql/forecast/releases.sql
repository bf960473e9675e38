-- The versions of projects, and what is to be fixed in each now. One that nothing is to be fixed in stands alone. Many projects
-- have a `1.0`: its name begins with the project's.
SELECT
  versions.id,
  CASE WHEN starts_with(versions.name, projects.name) THEN versions.name ELSE concat_ws(' ', projects.name, versions.name) END AS name,
  versions.project_id,
  projects.team_id,
  versions.starts_on,
  versions.release_on,
  versions.is_released OR versions.is_archived AS is_over,
  fixed.work_item_id
FROM core.versions AS versions
LEFT JOIN core.projects AS projects ON projects.id = versions.project_id
LEFT JOIN core.work_item_versions AS fixed
  ON fixed.version_id = versions.id AND fixed.relation = 'fix' AND fixed.deleted_at IS NULL
WHERE versions.deleted_at IS NULL
