-- Projects and teams by name, and which team owns a project.
SELECT 'project' AS kind, id, name, team_id
FROM core.projects
WHERE deleted_at IS NULL
UNION ALL
SELECT 'team' AS kind, id, name, id AS team_id
FROM core.teams
WHERE deleted_at IS NULL
