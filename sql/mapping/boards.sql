-- Every board that sprints were made on, with the project that these are of where somebody decided or its source says it, and the project that most of
-- their work items are in.
WITH planned AS (
  SELECT
    board_id,
    count(*) AS sprints
  FROM core.sprints
  WHERE board_id IS NOT NULL AND deleted_at IS NULL
  GROUP BY board_id
),
decided AS (
  SELECT
    scopes.scope_id,
    min(scopes.project_id) AS project_id
  FROM core.project_scopes AS scopes
  JOIN core.boards AS boards ON boards.id = scopes.scope_id
  WHERE scopes.scope_kind = 'board' AND scopes.deleted_at IS NULL AND scopes.connection <> boards.connection
  GROUP BY scopes.scope_id
),
held AS (
  SELECT
    sprints.board_id,
    items.project_id,
    count(DISTINCT items.work_item_id) AS n
  FROM facts.sprint_items AS items
  JOIN core.sprints AS sprints ON sprints.id = items.sprint_id AND sprints.deleted_at IS NULL
  WHERE sprints.board_id IS NOT NULL AND items.project_id IS NOT NULL
  GROUP BY sprints.board_id, items.project_id
),
ranked AS (
  SELECT
    board_id,
    project_id,
    n,
    sum(n) OVER (PARTITION BY board_id) AS total,
    row_number() OVER (PARTITION BY board_id ORDER BY n DESC, project_id) AS place
  FROM held
)
SELECT
  boards.id,
  boards.name,
  planned.sprints,
  COALESCE(decided.project_id, boards.project_id) AS project_id,
  decided.project_id IS NOT NULL AS is_decided,
  ranked.project_id AS likely,
  projects.name AS likely_name,
  ranked.n AS held,
  ranked.total AS held_by_any
FROM core.boards AS boards
JOIN planned ON planned.board_id = boards.id
LEFT JOIN decided ON decided.scope_id = boards.id
LEFT JOIN ranked ON ranked.board_id = boards.id AND ranked.place = 1
LEFT JOIN core.projects AS projects ON projects.id = ranked.project_id AND projects.deleted_at IS NULL
WHERE boards.deleted_at IS NULL
ORDER BY COALESCE(decided.project_id, boards.project_id) IS NULL DESC, boards.name, boards.id
LIMIT 5000
