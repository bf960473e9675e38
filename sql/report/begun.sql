-- When the oldest repository was made.
SELECT min(created_at) AS at
FROM core.repositories
