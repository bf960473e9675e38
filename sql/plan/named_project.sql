-- The project that an id means, or else all that are called so: what is called as another's id is not meant by it. One that was deleted is none.
-- The word in braces is put in by `engine/src/plan.rs`.
SELECT id
FROM (
  SELECT
    id,
    deleted_at,
    rank() OVER (ORDER BY CASE WHEN id = {project} THEN 0 ELSE 1 END) AS place
  FROM core.projects
  WHERE id = {project} OR name = {project}
) AS named
WHERE place = 1 AND deleted_at IS NULL
