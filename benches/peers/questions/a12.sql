-- From which status to which do items go, how many, and how many of them? The matrix of all changes.
-- Slower: Pulse was seen to compute it on one of two cores; why is not known
SELECT
  from_value,
  to_value,
  count(*) AS changes,
  count(DISTINCT work_item_id) AS items,
  min(changed_at) AS first_at,
  max(changed_at) AS last_at
FROM core.work_item_transitions
WHERE field = 'status'
GROUP BY from_value, to_value
