-- People who may be one: those of one full name, and those of one login in different tools; but for those about all of whom somebody
-- decided.
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
decided AS (
  SELECT DISTINCT names.id
  FROM names
  JOIN core.identity_overrides AS overrides ON overrides.identity_id = names.identity_id AND overrides.deleted_at IS NULL
),
both_ways AS (
  SELECT * FROM named
  UNION ALL
  SELECT * FROM logins
)
SELECT
  both_ways.why,
  both_ways.same,
  array_agg(both_ways.id ORDER BY both_ways.id) AS people
FROM both_ways
LEFT JOIN decided ON decided.id = both_ways.id
GROUP BY both_ways.why, both_ways.same
HAVING count(DISTINCT both_ways.id) BETWEEN 2 AND 20 AND count(decided.id) < count(*)
ORDER BY why DESC, same
LIMIT 200
