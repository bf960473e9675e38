-- The newest payload of each project and sprint: Jira lists all of them. On Cloud a project says how many issues it has.
WITH numbered AS (
  SELECT
    connection,
    stream,
    body,
    row_number() OVER (PARTITION BY connection, stream, key ORDER BY observed_at DESC, batch DESC, "row" DESC) AS nth
  FROM raw.jira
  WHERE stream IN ('projects', 'sprints')
)
SELECT connection, stream, body
FROM numbered
WHERE nth = 1
