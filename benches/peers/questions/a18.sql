-- Do larger pull requests take longer, and are they asked to be changed more often?
SELECT
  CASE
    WHEN additions + deletions < 10 THEN 0
    WHEN additions + deletions < 50 THEN 10
    WHEN additions + deletions < 100 THEN 50
    WHEN additions + deletions < 250 THEN 100
    ELSE 250
  END AS lines_from,
  count(*) AS n,
  avg(change_requests) AS change_requests,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY open_seconds) AS p50,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY open_seconds) AS p90
FROM facts.pull_requests
WHERE state = 'merged' AND NOT by_bot AND open_seconds IS NOT NULL
GROUP BY 1
