-- name: knowledge_concentrated
-- title: Knowledge concentrated in few people
-- subject: repository
-- weight: 0.15
-- description: A few people made half of the changes to a repository. That is the contributor absence factor of CHAOSS, once called
--   bus factor. It is a stand-in for the truck factor of Avelino et al. (A novel approach for estimating truck factors, ICPC 2016), which
--   asks who wrote each file and so needs more than changes. A pull request was made when it was merged, and a commit outside of one
--   when it was authored: a first deployment carries the whole history. Programs are not counted. Several people who are half of all
--   authors or more are no few: in a small team half of the changes cannot be by fewer, were they shared evenly.
-- formula: ramp(the smallest number of people who made half of the changes), where that is one, or fewer than half of the authors
-- thresholds: from = 3 count: the number of people at which the risk is still 0; full = 1 count: at which it is 1;
--   days = 180 days: how far back it looks; minimum = 20 count: with fewer changes nothing is said
-- sentence: {made} of {total} changes to {name} in {days} days are by {people:person,people}, of {authors} who made any.
-- evidence: change
-- version: 3
-- source: https://chaoss.community/kb/metric-contributor-absence-factor/
WITH changes AS (
  SELECT
    changes.repository_id,
    changes.project_id,
    changes.id,
    changes.author_id,
    COALESCE(changes.merged_at, changes.first_commit_at) AS made_at
  FROM facts.changes AS changes
  LEFT JOIN facts.people AS bots ON bots.id = changes.author_id AND bots.is_bot
  WHERE changes.author_id IS NOT NULL AND bots.id IS NULL
    AND COALESCE(changes.merged_at, changes.first_commit_at) <= {as_of}
    AND COALESCE(changes.merged_at, changes.first_commit_at) > {as_of} - INTERVAL '{days} days'
),
authors AS (
  SELECT
    repository_id,
    author_id,
    count(*) AS n
  FROM changes
  GROUP BY repository_id, author_id
),
ranked AS (
  SELECT
    repository_id,
    author_id,
    n,
    sum(n) OVER (
      PARTITION BY repository_id ORDER BY n DESC, author_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS reached,
    sum(n) OVER (PARTITION BY repository_id) AS total,
    count(*) OVER (PARTITION BY repository_id) AS authors
  FROM authors
),
few AS (
  SELECT *
  FROM ranked
  WHERE total >= {minimum} AND 2 * (reached - n) < total
),
counted AS (
  SELECT
    changes.repository_id,
    min(changes.project_id) AS project_id,
    count(DISTINCT few.author_id) AS people,
    max(few.authors) AS authors,
    count(*) AS made,
    max(few.total) AS total,
    array_agg(changes.id ORDER BY changes.made_at DESC, changes.id) AS evidence
  FROM changes
  JOIN few ON few.repository_id = changes.repository_id AND few.author_id = changes.author_id
  GROUP BY changes.repository_id
)
SELECT
  counted.repository_id AS subject_id,
  counted.project_id,
  ramp(counted.people, {from}, {full}) AS score,
  COALESCE(repositories.name, counted.repository_id) AS name,
  {days} AS days,
  counted.made,
  counted.total,
  counted.people,
  counted.authors,
  counted.evidence
FROM counted
LEFT JOIN core.repositories AS repositories ON repositories.id = counted.repository_id
WHERE counted.people = 1 OR 2 * counted.people < counted.authors
