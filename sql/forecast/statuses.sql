-- What each status means, as its source tells it.
SELECT
  id,
  connection,
  name,
  status_category,
  deleted_at IS NOT NULL AS is_gone
FROM core.statuses
WHERE status_category IS NOT NULL
