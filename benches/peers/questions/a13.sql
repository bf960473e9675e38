-- How long were items in a status before they left it? A window over the changes of each item.
SELECT
  from_value,
  count(*) AS n,
  min(changed_at) AS first_at,
  count(before_at) AS known,
  sum(CASE WHEN before_at < {now-90d} AND changed_at >= {now-90d} THEN 1 ELSE 0 END) AS over_the_border
FROM (
  SELECT
    from_value,
    changed_at,
    lag(changed_at) OVER (PARTITION BY work_item_id ORDER BY changed_at, id) AS before_at
  FROM core.work_item_transitions
  WHERE field = 'status'
) AS moves
GROUP BY from_value
