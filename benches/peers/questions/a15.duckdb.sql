-- It has a join as of a time.
SELECT incidents.id AS incident, deployments.finished_at AS deployed_at
FROM facts.incidents
ASOF JOIN (
  SELECT repository_id, finished_at FROM facts.deployments WHERE is_production AND status = 'succeeded' AND finished_at IS NOT NULL
) AS deployments ON deployments.repository_id = incidents.repository_id AND incidents.began_at >= deployments.finished_at
