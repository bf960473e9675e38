-- It finds the last one of each incident by an index.
SELECT incidents.id AS incident, last.finished_at AS deployed_at
FROM facts.incidents
CROSS JOIN LATERAL (
  SELECT finished_at
  FROM facts.deployments
  WHERE repository_id = incidents.repository_id AND finished_at <= incidents.began_at AND is_production AND status = 'succeeded'
  ORDER BY finished_at DESC
  LIMIT 1
) AS last
