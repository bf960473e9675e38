-- name: carry_over
-- title: Carry-over
-- subject: sprint
-- weight: 0.4
-- description: A larger part of the project's last sprint than usual was not done when it ended, by more than chance alone would bring
--   about. Usual is the share of the six sprints before; of fewer than three, a fixed share stands for it. What was taken out,
--   or abandoned, before the end is not counted. A sprint is of the project that was decided of its board, or that its source names, or else that all of
--   its items are of; one of which no project is known has none before it, and none after.
-- formula: the smaller of ramp(rise) and ramp(z), where rise = share of the last sprint − usual share, and
--   z = (rise − ½ d) ÷ √(p (1 − p) d), d = 1/items of the last + 1/items before, p = the share of both together; ½ d is Yates'
--   correction for small numbers. Without sprints before it is ramp(rise) alone
-- thresholds: from = 0.2 ratio: the rise at which the risk begins; full = 0.6 ratio: at which it is 1;
--   z_from = 1.5 count: the z at which the risk begins; z_full = 3 count: at which it is 1;
--   usual = 0.3 ratio: what is taken to be usual until three sprints are known; days = 28 days: how long ago the sprint may have
--   ended; minimum = 5 count: with fewer items in it nothing is said
-- sentence: {carried:item,items} of {total} in the sprint {name} {carried|was,were} not done when it ended on {ended}, where {usual:%} are usual.
-- evidence: work_item
-- version: 6
-- source: https://www.itl.nist.gov/div898/handbook/prc/section3/prc33.htm
WITH sprints AS (
  SELECT
    items.sprint_id,
    min(items.sprint_name) AS name,
    COALESCE(
      min(items.sprint_project_id),
      min(sprints.project_id),
      CASE WHEN count(items.project_id) = count(*) AND min(items.project_id) = max(items.project_id) THEN min(items.project_id) END
    ) AS project_id,
    max(items.sprint_ends_at) AS ended,
    CAST(count(*) FILTER (WHERE items.is_carried_over) AS DOUBLE) AS carried,
    CAST(count(*) FILTER (WHERE items.is_carried_over OR items.is_completed) AS DOUBLE) AS total,
    array_agg(items.work_item_id ORDER BY items.work_item_id) FILTER (WHERE items.is_carried_over) AS evidence
  FROM facts.sprint_items AS items
  LEFT JOIN core.sprints AS sprints ON sprints.id = items.sprint_id
  WHERE items.excluded IS NULL AND items.sprint_state = 'closed' AND items.sprint_ends_at <= {as_of}
  GROUP BY items.sprint_id
  HAVING count(*) FILTER (WHERE items.is_carried_over OR items.is_completed) > 0
),
placed AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY COALESCE(project_id, sprint_id) ORDER BY ended DESC, sprint_id DESC) AS place
  FROM sprints
),
before AS (
  SELECT
    project_id,
    sum(carried) AS carried,
    sum(total) AS total
  FROM placed
  WHERE place BETWEEN 2 AND 7
  GROUP BY project_id
  HAVING count(*) >= 3
),
compared AS (
  SELECT
    placed.*,
    placed.carried / placed.total AS share,
    COALESCE(before.carried / before.total, {usual}) AS usual,
    (placed.carried + before.carried) / (placed.total + before.total) AS pooled,
    1 / placed.total + 1 / before.total AS d
  FROM placed
  LEFT JOIN before ON before.project_id = placed.project_id
  WHERE placed.place = 1 AND placed.ended > {as_of} - INTERVAL '{days} days' AND placed.total >= {minimum}
)
SELECT
  sprint_id AS subject_id,
  project_id,
  least(
    ramp(share - usual, {from}, {full}),
    CASE
      WHEN pooled IS NULL THEN 1
      ELSE ramp((share - usual - d / 2) / sqrt(NULLIF(pooled * (1 - pooled), 0) * d), {z_from}, {z_full})
    END
  ) AS score,
  carried,
  total,
  usual,
  COALESCE(name, sprint_id) AS name,
  ended,
  evidence
FROM compared
