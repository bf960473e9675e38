-- name: overdue_sprint
-- title: Overdue sprint without open items
-- subject: sprint
-- closing: true
-- weight: 0.3
-- description: The end of a sprint is over, nobody closed it, and no item in it is open: it is to be closed, and until then it says
--   nothing of what its team does now. While an item is open, its forecast tells that it is late; without one there is nothing to forecast. Of
--   one in which stands an item whose status is not mapped nobody knows whether that is done: nothing is said of it, nor of one that was
--   forgotten long after its end. It is of the project that was decided of its board, while anything is in it, or that its
--   source names, or else that all of its items are of, and counts to no project's risk: no work is open that could be late.
-- formula: ramp(days since its end), where no item in the sprint is open
-- thresholds: from = 1 days: the days at which the risk begins; full = 15 days: at which it is 1;
--   forgotten = 84 days: after how long without a change of what is in it one is forgotten
-- sentence: The sprint {name} was to end on {ended} and is not closed, with no open item in it[: {done:item is,items are} done].
-- evidence: work_item
-- version: 4
-- source: a rule of this catalogue
WITH held AS (
  SELECT
    planned.sprint_id,
    min(planned.sprint_project_id) AS sprint_project_id,
    CASE WHEN count(items.project_id) = count(*) AND min(items.project_id) = max(items.project_id) THEN min(items.project_id) END AS project_id,
    -- One whose status is not mapped may be open. What was left in a project that is gone will never be done.
    count(*) FILTER (
      WHERE items.level = 'item' AND (items.done_at IS NULL OR items.done_at > {as_of})
        AND (items.abandoned_at IS NULL OR items.abandoned_at > {as_of}) AND COALESCE(items.excluded, '') <> 'project deleted'
    ) AS open_items,
    count(*) FILTER (WHERE items.level = 'item' AND items.done_at <= {as_of}) AS done,
    max(CASE WHEN items.last_change_at <= {as_of} THEN items.last_change_at ELSE items.created_at END) AS changed_at,
    array_agg(items.id ORDER BY items.done_at DESC, items.id) FILTER (
      WHERE items.level = 'item' AND items.done_at <= {as_of}
    ) AS evidence
  FROM facts.sprint_items AS planned
  JOIN facts.work_items AS items ON items.id = planned.work_item_id
  WHERE items.created_at <= {as_of} AND COALESCE(planned.added_at <= {as_of}, TRUE) AND COALESCE(planned.removed_at > {as_of}, TRUE)
  GROUP BY planned.sprint_id
),
overdue AS (
  SELECT
    sprints.id,
    COALESCE(held.sprint_project_id, sprints.project_id, held.project_id) AS project_id,
    sprints.name,
    sprints.ends_at AS ended,
    held.done,
    held.evidence,
    (date_part('epoch', {as_of}) - date_part('epoch', sprints.ends_at)) / 86400 AS late,
    (date_part('epoch', {as_of}) - date_part('epoch', held.changed_at)) / 86400 AS unchanged
  FROM core.sprints AS sprints
  LEFT JOIN held ON held.sprint_id = sprints.id
  WHERE sprints.deleted_at IS NULL AND sprints.ends_at <= {as_of}
    AND COALESCE(sprints.completed_at > {as_of}, sprints.state = 'active')
    AND COALESCE(held.open_items, 0) = 0
)
SELECT
  id AS subject_id,
  project_id,
  ramp(late, {from}, {full}) AS score,
  name,
  ended,
  NULLIF(done, 0) AS done,
  evidence
FROM overdue
WHERE least(late, COALESCE(unchanged, late)) <= {forgotten}
