-- name: forecast_misses_due_date
-- title: Forecast misses the due date
-- subject: project
-- weight: 0.9
-- description: The newest forecast gives the due date too small a chance, or the due date is over and something is open, for which no
--   chance is needed. Of a day that is ahead nothing is said where there is no forecast, or only the reason for which there is none; and
--   nothing is said of what is done or over: of that no forecast was made on the last day on which any was. Of an epic whose status is not
--   mapped nobody knows whether it is done. What was due long ago is forgotten once neither it nor what is in it has changed for as long, and
--   nobody waits for it.
-- formula: ramp(1 − probability of the due date) of the newest forecast; 1 where the due date was over when that was made
-- thresholds: from = 0.4 ratio: the chance of a miss at which the risk begins; full = 0.9 ratio: at which it is 1;
--   days = 14 days: how old the forecast may be; forgotten = 84 days: after how long without a change of it, or of what is in it, one that
--   is late is forgotten
-- sentence: [{name} is due on {due_on}; the chance that it is done by then is {probability:chance}][{name} was due on {past_on}; the chance
--   that it would be done by then was {probability:chance}][{name} was due on {missed_on} and is not done][, and it is 85 % likely to be done
--   by {p85_on}].
-- evidence: forecast
-- version: 8
-- source: a rule of this catalogue
WITH newest AS (
  SELECT
    *,
    max(made_on) OVER () AS last_made_on
  FROM facts.forecasts
  WHERE made_at <= {as_of} AND made_at > {as_of} - INTERVAL '{days} days'
),
late AS (
  SELECT DISTINCT subject_id
  FROM newest
  WHERE made_on = last_made_on AND due_on < made_on
),
held AS (
  SELECT
    late.subject_id,
    late.subject_id AS item_id
  FROM late
  UNION ALL
  SELECT
    late.subject_id,
    below.id AS item_id
  FROM late
  JOIN facts.work_items AS below ON below.parent_id = late.subject_id
  UNION ALL
  SELECT
    late.subject_id,
    planned.work_item_id AS item_id
  FROM late
  JOIN facts.sprint_items AS planned ON planned.sprint_id = late.subject_id
  UNION ALL
  SELECT
    late.subject_id,
    fixed.work_item_id AS item_id
  FROM late
  JOIN core.work_item_versions AS fixed ON fixed.version_id = late.subject_id AND fixed.relation = 'fix' AND fixed.deleted_at IS NULL
),
changed AS (
  SELECT
    held.subject_id,
    max(CASE WHEN items.last_change_at <= {as_of} THEN items.last_change_at ELSE items.created_at END) AS changed_at
  FROM held
  JOIN facts.work_items AS items ON items.id = held.item_id
  WHERE items.created_at <= {as_of}
  GROUP BY held.subject_id
)
SELECT
  newest.subject_id,
  newest.subject_kind,
  newest.project_id,
  newest.team_id,
  -- A day that is over is kept by no chance, and needs neither a history nor skill to be missed.
  CASE WHEN newest.due_on < newest.made_on THEN 1.0 ELSE ramp(1 - newest.due_probability, {from}, {full}) END AS score,
  COALESCE(newest.subject_name, newest.subject_id) AS name,
  CASE WHEN newest.due_on >= newest.made_on AND newest.due_on >= CAST({local_time} AS DATE) THEN newest.due_on END AS due_on,
  -- The forecast may be older than the day, and what was ahead when it was made be over.
  CASE WHEN newest.due_on >= newest.made_on AND newest.due_on < CAST({local_time} AS DATE) THEN newest.due_on END AS past_on,
  CASE WHEN newest.due_on < newest.made_on THEN newest.due_on END AS missed_on,
  newest.due_probability AS probability,
  CASE WHEN newest.p85_on >= CAST({local_time} AS DATE) THEN newest.p85_on END AS p85_on,
  make_array(newest.id) AS evidence
FROM newest
LEFT JOIN facts.work_items AS items ON items.id = newest.subject_id
LEFT JOIN core.sprints AS sprints ON sprints.id = newest.subject_id
LEFT JOIN core.versions AS versions ON versions.id = newest.subject_id
LEFT JOIN changed ON changed.subject_id = newest.subject_id
WHERE newest.made_on = newest.last_made_on AND newest.due_on IS NOT NULL
  AND (newest.reason IS NULL OR newest.due_on < newest.made_on)
  AND (newest.done_on IS NULL OR newest.done_on > CAST({local_time} AS DATE))
  AND (items.id IS NULL OR items.status_category IS NOT NULL AND (items.done_at IS NULL OR items.done_at > {as_of})
    AND (items.abandoned_at IS NULL OR items.abandoned_at > {as_of}))
  AND (sprints.completed_at IS NULL OR sprints.completed_at > {as_of})
  AND NOT COALESCE(versions.is_archived OR versions.is_released AND COALESCE(versions.release_on <= CAST({local_time} AS DATE), true), false)
  AND (
    newest.due_on >= newest.made_on
    OR date_part('epoch', {local_time}) - date_part('epoch', newest.due_on) <= ({forgotten} + 1) * 86400
    OR changed.changed_at >= {as_of} - INTERVAL '{forgotten} days'
  )
