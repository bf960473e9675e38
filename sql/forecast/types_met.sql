-- Where each type of items stands, as the items of it tell: whoever sees some items alone sees no list of types.
SELECT DISTINCT
  items.type_id AS id,
  made.level
FROM facts.work_items AS made
INNER JOIN core.work_items AS items ON items.id = made.id
WHERE items.type_id IS NOT NULL
