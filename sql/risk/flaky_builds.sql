-- name: flaky_builds
-- title: Flaky builds
-- subject: repository
-- weight: 0.15
-- description: The same pipeline both failed and succeeded on the same commit, so that its answer cannot be trusted. Builds of
--   which it is not known which pipeline they are of are not counted: two of one commit may be of two pipelines.
-- formula: ramp(pairs of pipeline and commit with both answers ÷ those with either)
-- thresholds: from = 0.05 ratio: the share at which the risk begins; full = 0.3 ratio: at which it is 1;
--   days = 14 days: how far back it looks; minimum = 10 count: with fewer pairs nothing is said
-- sentence: In {name} {flaky} of {total} builds both failed and succeeded on the same commit in {days} days.
-- evidence: build
-- version: 2
-- source: Luo, Hariri, Eloussi and Marinov, An empirical analysis of flaky tests, FSE 2014
WITH builds AS (
  SELECT
    repository_id,
    name,
    sha,
    min(id) AS id,
    count(DISTINCT status) AS answers,
    max(finished_at) AS finished_at
  FROM core.builds
  WHERE deleted_at IS NULL AND name IS NOT NULL AND sha IS NOT NULL AND status IN ('succeeded', 'failed')
    AND finished_at <= {as_of} AND finished_at > {as_of} - INTERVAL '{days} days'
  GROUP BY repository_id, name, sha
),
counted AS (
  SELECT
    repository_id,
    count(*) AS total,
    count(*) FILTER (WHERE answers = 2) AS flaky,
    array_agg(id ORDER BY finished_at DESC, id) FILTER (WHERE answers = 2) AS evidence
  FROM builds
  GROUP BY repository_id
)
SELECT
  counted.repository_id AS subject_id,
  ramp(CAST(counted.flaky AS DOUBLE) / counted.total, {from}, {full}) AS score,
  COALESCE(repositories.name, counted.repository_id) AS name,
  counted.flaky,
  counted.total,
  {days} AS days,
  counted.evidence
FROM counted
LEFT JOIN core.repositories AS repositories ON repositories.id = counted.repository_id
WHERE counted.total >= {minimum}
