-- name: sprint_scope_growth
-- title: A sprint's scope growth
-- subject: sprint
-- weight: 0.25
-- description: More came into a sprint that runs than was taken out of it, and more than usual, by more than chance alone would bring
--   about. Usual is by how much the six sprints of the project before it grew, and nothing where they shrank; of fewer than three, a
--   fixed share stands for it. Of a sprint of which nothing that was planned is open any more, nothing is said: whoever is done early
--   takes more. Nor is it of one whose end is over, though nobody closed it: what came in can be sent away no more, and that it is late is
--   told by its forecast. A sprint is of the project that was decided of its board, or that its source names, or else that all
--   of its items are of.
-- formula: the smaller of ramp(rise) and ramp(z), where rise = net ÷ items planned − usual share, z = (net − usual share × items
--   planned) ÷ √(items added + items taken out), net = items added − items taken out, and planned is what was in when it began
-- thresholds: from = 0.2 ratio: the rise at which the risk begins; full = 0.6 ratio: at which it is 1;
--   z_from = 1.5 count: the z at which the risk begins; z_full = 3 count: at which it is 1;
--   usual = 0.1 ratio: what is taken to be usual until three sprints are known; minimum = 5 count: with fewer items planned nothing
--   is said
-- sentence: The sprint {name} grew {growth:grown} since it began on {began}: {added:item was,items were} added to the {planned} that
--   {planned|was,were} planned[, {removed} taken out], where {usual:%} are usual.
-- evidence: work_item
-- version: 5
-- source: a rule of this catalogue
WITH items AS (
  SELECT
    held.sprint_id,
    held.work_item_id,
    held.sprint_name,
    held.project_id,
    held.sprint_project_id,
    held.sprint_state,
    held.sprint_starts_at,
    held.sprint_ends_at,
    held.added_at,
    held.is_committed,
    held.is_added AND COALESCE(held.added_at <= {as_of}, TRUE) AS is_new,
    held.is_removed AND COALESCE(held.removed_at <= {as_of}, TRUE) AS is_out,
    (items.done_at IS NULL OR items.done_at > {as_of}) AND (items.abandoned_at IS NULL OR items.abandoned_at > {as_of}) AS is_open
  FROM facts.sprint_items AS held
  LEFT JOIN facts.work_items AS items ON items.id = held.work_item_id
  WHERE held.excluded IS NULL AND held.sprint_starts_at <= {as_of}
),
sprints AS (
  SELECT
    items.sprint_id,
    min(items.sprint_name) AS name,
    COALESCE(
      min(items.sprint_project_id),
      min(sprints.project_id),
      CASE WHEN count(items.project_id) = count(*) AND min(items.project_id) = max(items.project_id) THEN min(items.project_id) END
    ) AS project_id,
    min(items.sprint_starts_at) AS began,
    max(items.sprint_ends_at) AS ends,
    -- When one was closed is its end from then on: up to when it was to run is known beside it.
    least(max(items.sprint_ends_at), max(sprints.ends_at)) AS runs_until,
    min(items.sprint_state) AS state,
    CAST(count(*) FILTER (WHERE items.is_committed) AS DOUBLE) AS planned,
    count(*) FILTER (WHERE items.is_committed AND NOT items.is_out AND items.is_open) AS open,
    CAST(count(*) FILTER (WHERE items.is_new) AS DOUBLE) AS added,
    CAST(count(*) FILTER (WHERE items.is_out AND (items.is_committed OR items.is_new)) AS DOUBLE) AS removed,
    array_agg(items.work_item_id ORDER BY items.added_at DESC, items.work_item_id) FILTER (WHERE items.is_new) AS evidence
  FROM items
  LEFT JOIN core.sprints AS sprints ON sprints.id = items.sprint_id
  GROUP BY items.sprint_id
),
placed AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY project_id ORDER BY ends DESC, sprint_id DESC) AS place
  FROM sprints
  WHERE state = 'closed' AND ends <= {as_of} AND planned > 0
),
before AS (
  SELECT
    project_id,
    greatest(sum(added - removed) / sum(planned), 0) AS usual
  FROM placed
  WHERE place <= 6
  GROUP BY project_id
  HAVING count(*) >= 3
),
compared AS (
  SELECT
    sprints.*,
    COALESCE(before.usual, {usual}) AS usual
  FROM sprints
  LEFT JOIN before ON before.project_id = sprints.project_id
  WHERE COALESCE(sprints.runs_until > {as_of}, sprints.state = 'active') AND sprints.open > 0
    AND sprints.planned >= {minimum} AND sprints.planned > 0
)
SELECT
  sprint_id AS subject_id,
  project_id,
  least(
    ramp((added - removed) / planned - usual, {from}, {full}),
    ramp((added - removed - usual * planned) / sqrt(NULLIF(added + removed, 0)), {z_from}, {z_full})
  ) AS score,
  COALESCE(name, sprint_id) AS name,
  began,
  (added - removed) / planned AS growth,
  added,
  NULLIF(removed, 0) AS removed,
  planned,
  usual,
  evidence
FROM compared
