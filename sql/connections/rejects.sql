-- What could not be mapped, by connection, stream and reason; the first and the last key of each.
SELECT
  connection,
  stream,
  field,
  reason,
  count(*) AS n,
  min(key) AS first_key,
  max(key) AS last_key
FROM core.rejects
WHERE deleted_at IS NULL
GROUP BY connection, stream, field, reason
ORDER BY n DESC, stream, reason
