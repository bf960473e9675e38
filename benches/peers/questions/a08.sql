-- Pull requests that were merged without a review that counts, by month and service: an anti join.
SELECT
  CAST(date_trunc('month', merged_at) AS DATE) AS month,
  repository_id,
  count(*) AS unreviewed,
  sum(additions + deletions) AS lines
FROM facts.pull_requests
WHERE state = 'merged' AND NOT by_bot AND NOT EXISTS (
  SELECT 1 FROM facts.reviews WHERE reviews.pull_request_id = pull_requests.id AND reviews.excluded IS NULL
)
GROUP BY CAST(date_trunc('month', merged_at) AS DATE), repository_id
