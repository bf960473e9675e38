-- What each status means, as the items that were in it tell: whoever sees some items alone sees no list of statuses.
SELECT DISTINCT
  items.connection,
  stays.status AS name,
  stays.status_category
FROM facts.work_item_stays AS stays
INNER JOIN core.work_items AS items ON items.id = stays.work_item_id
WHERE stays.status IS NOT NULL AND stays.status_category IS NOT NULL
