-- name: carry_over
-- title: Carry-over
-- subject: sprint
-- weight: 0.4
-- description: A large part of the project's last sprint was not done when it ended. What was taken out before is not counted.
-- formula: ramp(items carried over ÷ items that were in the sprint when it ended)
-- thresholds: from = 0.3 ratio: the share at which the risk begins; full = 0.8 ratio: at which it is 1;
--   days = 28 days: how long ago the sprint may have ended; minimum = 5 count: with fewer items in it nothing is said
-- sentence: {carried:item,items} of {total} in the sprint {name} were not done when it ended on {ended}.
-- version: 1
-- source: a rule of this catalogue
WITH sprints AS (
  SELECT
    items.sprint_id,
    min(items.sprint_name) AS name,
    COALESCE(min(sprints.project_id), min(items.project_id)) AS project_id,
    max(items.sprint_ends_at) AS ended,
    count(*) FILTER (WHERE items.is_carried_over) AS carried,
    count(*) FILTER (WHERE items.is_carried_over OR items.is_completed) AS total,
    array_agg(items.work_item_id ORDER BY items.work_item_id) FILTER (WHERE items.is_carried_over) AS evidence
  FROM facts.sprint_items AS items
  LEFT JOIN core.sprints AS sprints ON sprints.id = items.sprint_id
  WHERE items.excluded IS NULL AND items.sprint_state = 'closed'
    AND items.sprint_ends_at <= {as_of} AND items.sprint_ends_at > {as_of} - INTERVAL '{days} days'
  GROUP BY items.sprint_id
),
placed AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY project_id ORDER BY ended DESC, sprint_id DESC) AS place
  FROM sprints
)
SELECT
  sprint_id AS subject_id,
  project_id,
  ramp(CAST(carried AS DOUBLE) / total, {from}, {full}) AS score,
  carried,
  total,
  COALESCE(name, sprint_id) AS name,
  ended,
  evidence
FROM placed
WHERE place = 1 AND total >= {minimum} AND total > 0
