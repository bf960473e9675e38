-- name: forecast_misses_due_date
-- title: Forecast misses the due date
-- subject: project
-- weight: 0.9
-- description: The newest forecast gives the due date too small a chance. Where there is no forecast, or only the reason for
--   which there is none, nothing is said.
-- formula: ramp(1 − probability of the due date) of the newest forecast
-- thresholds: from = 0.4 ratio: the chance of a miss at which the risk begins; full = 0.9 ratio: at which it is 1;
--   days = 14 days: how old the forecast may be
-- sentence: The due date {due_on} has a chance of {probability:%}[, and the work is done by {p85_on} with one of 85 %].
-- version: 1
-- source: a rule of this catalogue
WITH newest AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY subject_id ORDER BY made_at DESC, id DESC) AS place
  FROM facts.forecasts
  WHERE made_at <= {as_of} AND made_at > {as_of} - INTERVAL '{days} days'
)
SELECT
  newest.subject_id,
  CASE
    WHEN projects.id IS NOT NULL THEN 'project'
    WHEN items.id IS NOT NULL THEN 'epic'
    WHEN repositories.id IS NOT NULL THEN 'repository'
    ELSE 'team'
  END AS subject_kind,
  COALESCE(projects.id, items.project_id) AS project_id,
  CASE WHEN projects.id IS NULL AND items.id IS NULL AND repositories.id IS NULL THEN newest.subject_id END AS team_id,
  repositories.id AS repository_id,
  ramp(1 - newest.due_probability, {from}, {full}) AS score,
  newest.due_on,
  newest.due_probability AS probability,
  newest.p85_on,
  make_array(newest.id) AS evidence
FROM newest
LEFT JOIN core.projects AS projects ON projects.id = newest.subject_id
LEFT JOIN facts.work_items AS items ON items.id = newest.subject_id
LEFT JOIN core.repositories AS repositories ON repositories.id = newest.subject_id
WHERE newest.place = 1 AND newest.reason IS NULL AND newest.due_on IS NOT NULL
  AND (items.done_at IS NULL OR items.done_at > {as_of})
