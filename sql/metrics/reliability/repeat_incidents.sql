-- name: repeat_incidents
-- title: Repeat incidents
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of incidents that have the title of one of the same service that began within the 30 days
--   before: what was restored, and not repaired. The service is the project, or else the repository. Incidents without
--   a title or a service are excluded. What was closed without having been an incident, as a duplicate or a false
--   alarm, is excluded as abandoned.
-- formula: incidents with a predecessor of the same title within 30 days ÷ incidents
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, severity
-- subject: incident
-- minimum_n: 10
-- version: 2
-- source: own definition
SELECT
  began_at AS at,
  repository_id,
  project_id,
  team_id,
  team_id AS owning_team_id,
  severity,
  id AS subject_id,
  CASE WHEN previous_at >= began_at - INTERVAL '30 days' THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN title IS NULL THEN 'no title'
    WHEN project_id IS NULL AND repository_id IS NULL THEN 'no service'
  END AS excluded
FROM (
  SELECT
    *,
    -- Nothing repeats what was none.
    lag(began_at) OVER (
      PARTITION BY COALESCE(project_id, repository_id), lower(trim(title)), excluded
      ORDER BY began_at, id
    ) AS previous_at
  FROM facts.incidents
) AS incidents
