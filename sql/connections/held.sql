-- How many rows there are of what a vendor may count, by connection. A deployment that nobody recorded is none that GitHub counts.
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
SELECT connection, 'pull_requests' AS entity, count(*) AS n
FROM core.pull_requests
WHERE deleted_at IS NULL
GROUP BY connection
UNION ALL
SELECT connection, 'deployments' AS entity, count(*) AS n
FROM core.deployments
WHERE deleted_at IS NULL AND (connection NOT LIKE 'github:%' OR id LIKE '%/deployments/%')
GROUP BY connection
UNION ALL
SELECT connection, 'releases' AS entity, count(*) AS n
FROM core.releases
WHERE deleted_at IS NULL
GROUP BY connection
UNION ALL
SELECT connection, 'work_items' AS entity, count(*) AS n
FROM core.work_items
WHERE deleted_at IS NULL
GROUP BY connection
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
SELECT connection, 'versions' AS entity, count(*) AS n
FROM core.versions
WHERE deleted_at IS NULL
GROUP BY connection
