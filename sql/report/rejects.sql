-- Payloads that could not be mapped: one row a stream. They have no time that could be asked for: all are counted.
SELECT
  'rejects' AS subject,
  stream AS what,
  count(*) AS n
FROM core.rejects
WHERE deleted_at IS NULL
GROUP BY stream
ORDER BY n DESC, what
