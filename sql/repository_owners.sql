-- Which project a repository is in, and which team owns that project: of several projects the first by id, as in the facts.
SELECT
  scopes.repository_id,
  scopes.project_id,
  projects.team_id
FROM (
  SELECT
    scope_id AS repository_id,
    min(project_id) AS project_id
  FROM core.project_scopes
  WHERE scope_kind = 'repository' AND deleted_at IS NULL
  GROUP BY scope_id
) AS scopes
LEFT JOIN core.projects AS projects ON projects.id = scopes.project_id AND projects.deleted_at IS NULL
