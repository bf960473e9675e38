-- name: review_bottleneck
-- title: Review bottleneck
-- subject: repository
-- weight: 0.25
-- description: Pull requests wait for somebody to look at them. Drafts, those that programs opened, and those
--   that were forgotten are not counted: neither among those that wait, nor, long after their review, among those that are open. They
--   wait in working hours of the tenant's calendar: over a weekend nobody looks.
-- formula: ramp(open pull requests without a review for longer than the days ÷ open pull requests)
-- thresholds: from = 0.3 ratio: the share at which the risk begins; full = 0.9 ratio: at which it is 1;
--   days = 2 working days: how long a first review may take; forgotten = 42 days: after how long without a
--   review, or once it has one without activity, one is forgotten; minimum = 3 count: with fewer that wait nothing is said
-- sentence: In {name} {waiting:pull request waits,pull requests wait} for a first review for more than {days:working day,working days}, of {open} that are open[, besides
--   {old} that {old|is,are} forgotten].
-- evidence: pull_request
-- version: 6
-- source: https://google.github.io/eng-practices/review/reviewer/speed.html
WITH open AS (
  SELECT
    repository_id,
    project_id,
    id,
    opened_at,
    (first_review_at IS NULL OR first_review_at > {as_of}) AND opened_at <= {days_ago} AS is_waiting,
    CASE WHEN first_review_at <= {as_of} THEN COALESCE(last_activity_at, first_review_at) ELSE opened_at END
      <= {as_of} - INTERVAL '{forgotten} days' AS is_forgotten
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
    count(*) FILTER (WHERE is_waiting AND NOT is_forgotten) AS waiting,
    array_agg(id ORDER BY opened_at, id) FILTER (WHERE is_waiting AND NOT is_forgotten) AS evidence
  FROM open
  GROUP BY repository_id
)
SELECT
  counted.repository_id AS subject_id,
  counted.project_id,
  ramp(CAST(counted.waiting AS DOUBLE) / counted.open, {from}, {full}) AS score,
  COALESCE(repositories.name, counted.repository_id) AS name,
  counted.waiting,
  {days} AS days,
  counted.open,
  NULLIF(counted.old, 0) AS old,
  counted.evidence
FROM counted
LEFT JOIN core.repositories AS repositories ON repositories.id = counted.repository_id
WHERE counted.waiting >= {minimum} AND counted.open > 0
