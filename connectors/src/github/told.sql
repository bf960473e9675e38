-- The newest payload of each repository: GitHub says in it how many things there are.
WITH numbered AS (
  SELECT
    connection,
    body,
    row_number() OVER (PARTITION BY connection, key ORDER BY observed_at DESC, batch DESC, "row" DESC) AS nth
  FROM raw.github
  WHERE stream = 'repositories'
)
SELECT connection, body
FROM numbered
WHERE nth = 1
