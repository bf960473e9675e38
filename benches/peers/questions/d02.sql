-- Deployment frequency by week.
SELECT CAST(date_trunc('week', finished_at) AS DATE) AS week, count(*) AS n
FROM facts.deployments
WHERE excluded IS NULL AND finished_at >= {now-364d}
GROUP BY CAST(date_trunc('week', finished_at) AS DATE)
