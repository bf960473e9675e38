-- The last successful deployment to production before each incident began: as of a time.
SELECT incidents.id AS incident, max(deployments.finished_at) AS deployed_at
FROM facts.incidents
JOIN facts.deployments ON deployments.repository_id = incidents.repository_id AND deployments.finished_at <= incidents.began_at
WHERE deployments.is_production AND deployments.status = 'succeeded'
GROUP BY incidents.id
