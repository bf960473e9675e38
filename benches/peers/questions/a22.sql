-- Which stays lasted over a border of a quarter, and which items came back to a status that they had left? Over all stays.
WITH visits AS (
  SELECT work_item_id, status, class, count(*) AS visits, max(entered_at) AS last_at
  FROM facts.work_item_stays
  WHERE excluded IS NULL AND status IS NOT NULL
  GROUP BY work_item_id, status, class
)
SELECT status, class, count(*) AS items, sum(visits) AS visits, sum(CASE WHEN visits > 1 THEN 1 ELSE 0 END) AS came_back, max(last_at) AS last_at
FROM visits
GROUP BY status, class
