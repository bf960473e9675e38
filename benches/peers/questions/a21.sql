-- What do deployments carry? Each with its commits, by month: two large tables joined.
SELECT
  CAST(date_trunc('month', deployed_at) AS DATE) AS month,
  count(*) AS commits,
  count(DISTINCT deployment_id) AS deployments,
  sum(additions) AS additions,
  count(DISTINCT author_id) AS people
FROM facts.deployment_commits
JOIN core.commits ON commits.sha = deployment_commits.sha AND commits.repository_id = deployment_commits.repository_id
WHERE environment = 'production'
GROUP BY CAST(date_trunc('month', deployed_at) AS DATE)
