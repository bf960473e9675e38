-- How many people changed something, by team and quarter, and in how many repositories?
SELECT
  team_id,
  CAST(date_trunc('quarter', merged_at) AS DATE) AS quarter,
  count(DISTINCT author_id) AS people,
  count(DISTINCT repository_id) AS repositories,
  count(*) AS changes
FROM facts.changes
WHERE merged_at IS NOT NULL
GROUP BY team_id, CAST(date_trunc('quarter', merged_at) AS DATE)
