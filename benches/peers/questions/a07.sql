-- How much of each team's reviewing do its three busiest reviewers do?
-- Slower: of the processor's time that Pulse takes for it and eight others, over the whole company, 27 % is reading Parquet, of which a third is zstd, a quarter grouping, and 7 % planning
WITH counted AS (
  SELECT team_id, reviewer_id, count(*) AS reviews
  FROM facts.reviews
  WHERE excluded IS NULL AND team_id IS NOT NULL AND submitted_at >= {now-182d}
  GROUP BY team_id, reviewer_id
), ranked AS (
  SELECT
    team_id,
    reviews,
    row_number() OVER (PARTITION BY team_id ORDER BY reviews DESC, reviewer_id) AS place,
    sum(reviews) OVER (PARTITION BY team_id) AS of_all
  FROM counted
)
SELECT team_id, max(of_all) AS reviews, sum(CASE WHEN place <= 3 THEN reviews ELSE 0 END) AS of_three, count(*) AS reviewers
FROM ranked
GROUP BY team_id
