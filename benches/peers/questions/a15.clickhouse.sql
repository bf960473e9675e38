-- It has a join as of a time.
SELECT incidents.id AS incident, deployments.finished_at AS deployed_at
FROM (
  SELECT id, assumeNotNull(repository_id) AS repository_id, assumeNotNull(began_at) AS began_at
  FROM facts.incidents
  WHERE repository_id IS NOT NULL
) AS incidents
ASOF JOIN (
  SELECT assumeNotNull(repository_id) AS repository_id, assumeNotNull(finished_at) AS finished_at
  FROM facts.deployments
  WHERE is_production AND status = 'succeeded' AND finished_at IS NOT NULL
) AS deployments ON deployments.repository_id = incidents.repository_id AND incidents.began_at >= deployments.finished_at
