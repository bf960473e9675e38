-- name: build_failure_rate
-- title: Build failure rate
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of finished runs of build and test pipelines that fail. Each attempt is a run. Cancelled runs
--   are excluded, running ones are open.
-- formula: failed runs ÷ runs that failed or succeeded
-- grain: day, week, month
-- dimensions: repository, project, owning_team
-- subject: build
-- minimum_n: 10
-- version: 1
-- source: own definition
SELECT
  COALESCE(finished_at, started_at) AS at,
  builds.repository_id,
  CAST(NULL AS VARCHAR) AS project_id,
  CAST(NULL AS VARCHAR) AS team_id,
  owners.team_id AS owning_team_id,
  id AS subject_id,
  CASE WHEN status = 'failed' THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  status = 'running' AS open,
  CASE WHEN status = 'cancelled' THEN status END AS excluded
FROM core.builds AS builds
LEFT JOIN (
  SELECT
    scopes.repository_id,
    projects.team_id
  FROM (
    SELECT
      scope_id AS repository_id,
      min(project_id) AS project_id
    FROM core.project_scopes
    WHERE scope_kind = 'repository' AND deleted_at IS NULL
    GROUP BY scope_id
  ) AS scopes
  INNER JOIN core.projects AS projects ON projects.id = scopes.project_id AND projects.deleted_at IS NULL
) AS owners ON owners.repository_id = builds.repository_id
WHERE builds.deleted_at IS NULL
