-- name: review_concentration
-- title: Review concentration
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of reviews that the two people made who reviewed most in their repository in that month: how much
--   reviewing hangs on few. Months are those of UTC. It is 1 where two people review everything. Where a repository had
--   fewer than five reviews in a month, those say nothing of it and are excluded. Reviews of one's own pull requests, by
--   programs, of drafts and after the merge are excluded, and so are those of which nobody knows who made them or whose
--   pull request it is. It is of teams and repositories and never of a person.
-- formula: reviews by the two busiest of the repository and month ÷ reviews
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: review
-- minimum_n: 10
-- version: 1
-- source: own definition
SELECT
  reviews.submitted_at AS at,
  reviews.repository_id,
  reviews.project_id,
  reviews.team_id,
  reviews.owning_team_id,
  reviews.id AS subject_id,
  CASE WHEN busy.place <= 2 THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE
    WHEN reviews.excluded IS NOT NULL THEN reviews.excluded
    WHEN reviews.reviewer_id IS NULL THEN 'nobody known'
    WHEN busy.in_month < 5 THEN 'few reviews'
  END AS excluded
FROM facts.reviews AS reviews
LEFT JOIN (
  SELECT
    repository_id,
    month,
    reviewer_id,
    row_number() OVER (PARTITION BY repository_id, month ORDER BY n DESC, reviewer_id) AS place,
    sum(n) OVER (PARTITION BY repository_id, month) AS in_month
  FROM (
    SELECT
      repository_id,
      date_trunc('month', submitted_at) AS month,
      reviewer_id,
      count(*) AS n
    FROM facts.reviews
    WHERE excluded IS NULL AND reviewer_id IS NOT NULL
    GROUP BY repository_id, date_trunc('month', submitted_at), reviewer_id
  ) AS counted
) AS busy ON busy.repository_id = reviews.repository_id
  AND busy.month = date_trunc('month', reviews.submitted_at)
  AND busy.reviewer_id = reviews.reviewer_id
