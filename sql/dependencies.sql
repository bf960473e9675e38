-- Which work item waits for which, whichever way round the link was written.
SELECT
  CASE WHEN lower(kind) IN ('blocks', 'is depended on by') THEN to_id ELSE from_id END AS waiting_id,
  CASE WHEN lower(kind) IN ('blocks', 'is depended on by') THEN from_id ELSE to_id END AS blocking_id
FROM core.work_item_links
WHERE deleted_at IS NULL
  AND lower(kind) IN ('blocks', 'is depended on by', 'is blocked by', 'blocked by', 'depends on')
