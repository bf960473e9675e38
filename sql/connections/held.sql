-- How many rows there are of what a vendor may count, by connection. A deployment that nobody recorded is none that GitHub counts. What was in a repository
-- or a project that is gone stays, and no vendor counts it any more.
WITH gone AS (
  SELECT id
  FROM core.repositories
  WHERE deleted_at IS NOT NULL
  UNION ALL
  SELECT id
  FROM core.projects
  WHERE deleted_at IS NOT NULL
)
SELECT connection, 'repositories' AS entity, count(*) AS n
FROM core.repositories
WHERE deleted_at IS NULL
GROUP BY connection
UNION ALL
SELECT connection, 'commits' AS entity, count(*) AS n
FROM core.commits
WHERE deleted_at IS NULL
GROUP BY connection
UNION ALL
SELECT r.connection, 'pull_requests' AS entity, count(*) AS n
FROM core.pull_requests AS r
LEFT JOIN gone AS g ON g.id = r.repository_id
WHERE r.deleted_at IS NULL AND g.id IS NULL
GROUP BY r.connection
UNION ALL
SELECT d.connection, 'deployments' AS entity, count(*) AS n
FROM core.deployments AS d
LEFT JOIN gone AS g ON g.id = d.repository_id
WHERE d.deleted_at IS NULL AND g.id IS NULL AND (d.connection NOT LIKE 'github:%' OR d.id LIKE '%/deployments/%')
GROUP BY d.connection
UNION ALL
SELECT r.connection, 'releases' AS entity, count(*) AS n
FROM core.releases AS r
LEFT JOIN gone AS g ON g.id = r.repository_id
WHERE r.deleted_at IS NULL AND g.id IS NULL
GROUP BY r.connection
UNION ALL
SELECT i.connection, 'work_items' AS entity, count(*) AS n
FROM core.work_items AS i
LEFT JOIN gone AS g ON g.id = coalesce(i.project_id, i.repository_id)
WHERE i.deleted_at IS NULL AND g.id IS NULL
GROUP BY i.connection
UNION ALL
SELECT connection, 'projects' AS entity, count(*) AS n
FROM core.projects
WHERE deleted_at IS NULL
GROUP BY connection
UNION ALL
SELECT connection, 'sprints' AS entity, count(*) AS n
FROM core.sprints
WHERE deleted_at IS NULL
GROUP BY connection
UNION ALL
SELECT v.connection, 'versions' AS entity, count(*) AS n
FROM core.versions AS v
LEFT JOIN gone AS g ON g.id = coalesce(v.project_id, v.repository_id)
WHERE v.deleted_at IS NULL AND g.id IS NULL
GROUP BY v.connection
UNION ALL
SELECT c.connection, 'components' AS entity, count(*) AS n
FROM core.components AS c
LEFT JOIN gone AS g ON g.id = c.project_id
WHERE c.deleted_at IS NULL AND g.id IS NULL
GROUP BY c.connection
