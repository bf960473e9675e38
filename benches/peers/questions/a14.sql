-- Deployments a day and their mean over the week up to it, by environment: a rolling window.
SELECT
  environment,
  day,
  deployments,
  avg(deployments) OVER (PARTITION BY environment ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS rolling
FROM (
  SELECT environment, CAST(finished_at AS DATE) AS day, count(*) AS deployments
  FROM facts.deployments
  WHERE status = 'succeeded' AND finished_at IS NOT NULL
  GROUP BY environment, CAST(finished_at AS DATE)
) AS days
