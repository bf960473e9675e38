-- name: overdue_release
-- title: Overdue release without open items
-- subject: release
-- closing: true
-- weight: 0.3
-- description: The day on which a version or milestone was to be out is over, it is not out, and no item in it is open: it is to be released
--   or closed, or what is left of it is written down nowhere. While an item is open, its forecast tells that it is late; without one there is
--   nothing to forecast. Of one in which stands an item whose status is not mapped nobody knows whether that is done: nothing is said of it,
--   nor of one that was forgotten long after its day. What is in it is that of now. It counts to no project's risk: no work is open that could
--   be late.
-- formula: ramp(days of the tenant's clocks since its day was over), where no item in the release is open
-- thresholds: from = 1 days: the days at which the risk begins; full = 15 days: at which it is 1;
--   forgotten = 84 days: after how long without a change of what is in it one is forgotten
-- sentence: The release {name} was due on {due_on} and is not out, with no open item in it[: {done:item is,items are} done][, {open_epics:epic
--   is,epics are} open].
-- evidence: work_item
-- version: 3
-- source: a rule of this catalogue
WITH owners AS (
  {repository_owners}
),
held AS (
  SELECT
    fixed.version_id,
    -- One whose status is not mapped may be open. What was left in a project that is gone will never be done.
    count(*) FILTER (
      WHERE items.level = 'item' AND (items.done_at IS NULL OR items.done_at > {as_of})
        AND (items.abandoned_at IS NULL OR items.abandoned_at > {as_of}) AND COALESCE(items.excluded, '') <> 'project deleted'
    ) AS open_items,
    count(*) FILTER (WHERE items.level = 'item' AND items.done_at <= {as_of}) AS done,
    count(*) FILTER (
      WHERE items.level = 'epic' AND (items.done_at IS NULL OR items.done_at > {as_of})
        AND (items.abandoned_at IS NULL OR items.abandoned_at > {as_of})
    ) AS open_epics,
    max(CASE WHEN items.last_change_at <= {as_of} THEN items.last_change_at ELSE items.created_at END) AS changed_at,
    array_agg(items.id ORDER BY items.done_at DESC, items.id) FILTER (
      WHERE items.level = 'item' AND items.done_at <= {as_of}
    ) AS evidence
  FROM core.work_item_versions AS fixed
  JOIN facts.work_items AS items ON items.id = fixed.work_item_id
  WHERE fixed.relation = 'fix' AND fixed.deleted_at IS NULL AND items.created_at <= {as_of}
  GROUP BY fixed.version_id
),
overdue AS (
  SELECT
    versions.id,
    COALESCE(versions.project_id, owners.project_id) AS project_id,
    -- Many have a `1.0`: its name begins with that of what it is of, as in its forecast.
    COALESCE(projects.name, split_part(repositories.name, '/', 2)) AS of_name,
    versions.name,
    versions.release_on AS due_on,
    held.done,
    held.open_epics,
    held.evidence,
    (date_part('epoch', {local_time}) - date_part('epoch', versions.release_on)) / 86400 - 1 AS late,
    (date_part('epoch', {as_of}) - date_part('epoch', held.changed_at)) / 86400 AS unchanged
  FROM core.versions AS versions
  LEFT JOIN held ON held.version_id = versions.id
  LEFT JOIN owners ON owners.repository_id = versions.repository_id
  LEFT JOIN core.projects AS projects ON projects.id = versions.project_id
  LEFT JOIN core.repositories AS repositories ON repositories.id = versions.repository_id
  WHERE versions.deleted_at IS NULL AND versions.release_on IS NOT NULL AND NOT versions.is_released AND NOT versions.is_archived
    AND (repositories.deleted_at IS NULL OR repositories.deleted_at > {as_of})
    AND COALESCE(held.open_items, 0) = 0
)
SELECT
  id AS subject_id,
  project_id,
  ramp(late, {from}, {full}) AS score,
  CASE WHEN starts_with(name, of_name) THEN name ELSE concat_ws(' ', of_name, name) END AS name,
  due_on,
  NULLIF(done, 0) AS done,
  NULLIF(open_epics, 0) AS open_epics,
  evidence
FROM overdue
WHERE least(late, COALESCE(unchanged, late)) <= {forgotten}
