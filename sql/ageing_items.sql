-- The items in progress, each with the stage that it is in, the oldest first.
-- The words in braces are put in by `engine/src/metrics/ageing.rs`.
SELECT
  id,
  key,
  title,
  url,
  stage,
  started_at,
  entered_at
FROM (
  SELECT
    items.id,
    items.id AS subject_id,
    items.key,
    items.title,
    items.url,
    items.started_at,
    items.repository_id,
    items.project_id,
    items.team_id,
    items.owning_team_id,
    items.class,
    items.kind,
    COALESCE(stays.stage, stays.status_category) AS stage,
    stays.entered_at
  FROM facts.work_items AS items
  JOIN facts.work_item_stays AS stays ON stays.work_item_id = items.id
  WHERE items.excluded IS NULL AND NOT items.is_done AND items.abandoned_at IS NULL
    AND items.started_at <= {now} AND stays.left_at IS NULL
) AS items
WHERE TRUE{filter}
ORDER BY started_at, id
