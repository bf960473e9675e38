-- name: reviews_on_one_person
-- title: A team's reviews rest on one person
-- subject: team
-- weight: 0.2
-- description: One person makes more than half of a team's reviews, so that work waits for them, and they alone learn from it. Reviews
--   of one's own pull requests, by programs, of drafts and after the merge are not counted, and nobody is named. A team's people are all who
--   reviewed for it or opened a pull request of it: of two, one cannot but make half.
-- formula: ramp(reviews by the person who made most ÷ reviews)
-- thresholds: from = 0.5 ratio: the share at which the risk begins; full = 0.9 ratio: at which it is 1;
--   days = 84 days: how far back it looks; minimum = 20 count: with fewer reviews nothing is said;
--   fewest = 3 count: with fewer people nothing is said
-- sentence: {most} of {total} reviews by the team {name} in {days} days are by one person, of {people} who review or open pull requests.
-- evidence: review
-- version: 1
-- source: Mirsaeedi and Rigby, Mitigating turnover with code review recommendation, ICSE 2020
WITH reviews AS (
  SELECT
    team_id,
    reviewer_id,
    id,
    submitted_at
  FROM facts.reviews
  WHERE excluded IS NULL AND team_id IS NOT NULL AND reviewer_id IS NOT NULL
    AND submitted_at <= {as_of} AND submitted_at > {as_of} - INTERVAL '{days} days'
),
members AS (
  SELECT team_id, reviewer_id AS person_id
  FROM reviews
  UNION
  SELECT team_id, author_id AS person_id
  FROM facts.pull_requests
  WHERE NOT by_bot AND team_id IS NOT NULL AND author_id IS NOT NULL
    AND opened_at <= {as_of} AND opened_at > {as_of} - INTERVAL '{days} days'
),
sizes AS (
  SELECT
    team_id,
    count(*) AS people
  FROM members
  GROUP BY team_id
),
reviewers AS (
  SELECT
    team_id,
    reviewer_id,
    count(*) AS n,
    array_agg(id ORDER BY submitted_at DESC, id) AS evidence
  FROM reviews
  GROUP BY team_id, reviewer_id
),
ranked AS (
  SELECT
    team_id,
    n,
    evidence,
    row_number() OVER (PARTITION BY team_id ORDER BY n DESC, reviewer_id) AS place,
    sum(n) OVER (PARTITION BY team_id) AS total
  FROM reviewers
)
SELECT
  ranked.team_id AS subject_id,
  ramp(CAST(ranked.n AS DOUBLE) / ranked.total, {from}, {full}) AS score,
  COALESCE(teams.name, ranked.team_id) AS name,
  ranked.n AS most,
  ranked.total,
  {days} AS days,
  sizes.people,
  ranked.evidence
FROM ranked
JOIN sizes ON sizes.team_id = ranked.team_id
LEFT JOIN core.teams AS teams ON teams.id = ranked.team_id
WHERE ranked.place = 1 AND ranked.total >= {minimum} AND sizes.people >= {fewest}
