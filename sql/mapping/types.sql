-- Every type of items, with its level and class; an item's labels may give it another class than its type does.
SELECT
  COALESCE(kind, '') AS kind,
  level,
  class,
  count(*) AS items
FROM facts.work_items
GROUP BY kind, level, class
ORDER BY items DESC, kind, class
LIMIT 500
