-- Pipelines that failed and then succeeded on the same commit: the twenty least stable.
WITH runs AS (
  SELECT
    repository_id,
    name,
    sha,
    sum(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed,
    sum(CASE WHEN status = 'succeeded' THEN 1 ELSE 0 END) AS succeeded
  FROM core.builds
  GROUP BY repository_id, name, sha
)
SELECT
  repository_id,
  name,
  count(*) AS commits,
  sum(CASE WHEN failed > 0 AND succeeded > 0 THEN 1 ELSE 0 END) AS flaky
FROM runs
GROUP BY repository_id, name
ORDER BY flaky DESC, repository_id, name
LIMIT 20
