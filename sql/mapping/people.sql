-- People who may be one: those of one full name, and those of one login in different tools.
WITH named AS (
  SELECT
    'name' AS why,
    lower(trim(name)) AS same,
    id
  FROM facts.people
  WHERE NOT is_bot AND trim(name) LIKE '% %'
),
names AS (
  SELECT
    id,
    unnest(identities) AS identity_id
  FROM facts.people
  WHERE NOT is_bot
),
logins AS (
  SELECT DISTINCT
    'login' AS why,
    lower(identities.login) AS same,
    names.id
  FROM names
  JOIN core.identities AS identities ON identities.id = names.identity_id
  WHERE identities.login IS NOT NULL AND identities.login <> '' AND identities.deleted_at IS NULL
),
both_ways AS (
  SELECT * FROM named
  UNION ALL
  SELECT * FROM logins
)
SELECT
  why,
  same,
  array_agg(id ORDER BY id) AS people
FROM both_ways
GROUP BY why, same
HAVING count(DISTINCT id) BETWEEN 2 AND 20
ORDER BY why DESC, same
LIMIT 200
