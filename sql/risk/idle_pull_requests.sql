-- name: idle_pull_requests
-- title: Idle pull requests
-- subject: repository
-- weight: 0.15
-- description: Open pull requests that nobody has touched for days. Drafts, those that programs opened, and those that were
--   forgotten are not counted. They lie in working hours of the tenant's calendar: over holidays nobody touches any.
-- formula: ramp(open pull requests without activity for longer than the days ÷ open pull requests)
-- thresholds: from = 0.3 ratio: the share at which the risk begins; full = 0.9 ratio: at which it is 1;
--   days = 5 working days: how long one may lie; forgotten = 42 days: after how long one is forgotten;
--   minimum = 3 count: with fewer idle ones nothing is said
-- sentence: In {name} {idle:pull request has,pull requests have} been idle for more than {days:working day,working days}, of {open} that are
--   open[, besides {old} that {old|is,are} forgotten].
-- evidence: pull_request
-- version: 5
-- source: https://google.github.io/eng-practices/review/reviewer/speed.html
WITH open AS (
  SELECT
    repository_id,
    project_id,
    id,
    COALESCE(last_activity_at, opened_at) AS active_at,
    COALESCE(last_activity_at, opened_at) <= {as_of} - INTERVAL '{forgotten} days' AS is_forgotten
  FROM facts.pull_requests
  WHERE NOT by_bot AND NOT is_draft AND excluded IS NULL AND opened_at <= {as_of} AND (closed_at IS NULL OR closed_at > {as_of})
    AND (merged_at IS NULL OR merged_at > {as_of})
),
counted AS (
  SELECT
    repository_id,
    min(project_id) AS project_id,
    count(*) FILTER (WHERE NOT is_forgotten) AS open,
    count(*) FILTER (WHERE is_forgotten) AS old,
    count(*) FILTER (WHERE NOT is_forgotten AND active_at <= {days_ago}) AS idle,
    array_agg(id ORDER BY active_at, id) FILTER (WHERE NOT is_forgotten AND active_at <= {days_ago}) AS evidence
  FROM open
  GROUP BY repository_id
)
SELECT
  counted.repository_id AS subject_id,
  counted.project_id,
  ramp(CAST(counted.idle AS DOUBLE) / counted.open, {from}, {full}) AS score,
  COALESCE(repositories.name, counted.repository_id) AS name,
  counted.idle,
  {days} AS days,
  counted.open,
  NULLIF(counted.old, 0) AS old,
  counted.evidence
FROM counted
LEFT JOIN core.repositories AS repositories ON repositories.id = counted.repository_id
WHERE counted.idle >= {minimum} AND counted.open > 0
