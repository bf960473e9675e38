-- The newest payload of each project, version, component and sprint: Jira lists all of them. On Cloud a project says how many issues it has.
WITH numbered AS (
  SELECT
    connection,
    stream,
    body,
    row_number() OVER (PARTITION BY connection, stream, key ORDER BY observed_at DESC, batch DESC, "row" DESC) AS nth
  FROM raw.jira
  WHERE stream IN ('projects', 'versions', 'components', 'sprints')
)
SELECT connection, stream, body
FROM numbered
WHERE nth = 1
