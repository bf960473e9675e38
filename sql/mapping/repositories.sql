-- Every repository with the projects that it is in, and the project whose work items most of its pull requests name.
WITH scoped AS (
  SELECT
    scope_id,
    array_agg(project_id ORDER BY project_id) AS projects
  FROM core.project_scopes
  WHERE scope_kind = 'repository' AND deleted_at IS NULL
  GROUP BY scope_id
),
named AS (
  SELECT
    id,
    repository_id,
    unnest(work_item_keys) AS key
  FROM facts.pull_requests
),
linked AS (
  SELECT
    named.repository_id,
    items.project_id,
    count(DISTINCT named.id) AS n
  FROM named
  JOIN facts.work_items AS items ON items.key = named.key AND items.repository_id IS NULL
  WHERE items.project_id IS NOT NULL
  GROUP BY named.repository_id, items.project_id
),
ranked AS (
  SELECT
    repository_id,
    project_id,
    n,
    sum(n) OVER (PARTITION BY repository_id) AS total,
    row_number() OVER (PARTITION BY repository_id ORDER BY n DESC, project_id) AS place
  FROM linked
)
SELECT
  repositories.id,
  repositories.name,
  scoped.projects,
  ranked.project_id AS likely,
  projects.name AS likely_name,
  ranked.n AS naming,
  ranked.total AS naming_any
FROM core.repositories AS repositories
LEFT JOIN scoped ON scoped.scope_id = repositories.id
LEFT JOIN ranked ON ranked.repository_id = repositories.id AND ranked.place = 1
LEFT JOIN core.projects AS projects ON projects.id = ranked.project_id AND projects.deleted_at IS NULL
WHERE repositories.deleted_at IS NULL
ORDER BY scoped.projects IS NULL DESC, repositories.name, repositories.id
LIMIT 5000
