-- Incidents, and how long until service was back, by department and severity: over five tables.
SELECT
  departments.name AS department,
  severity,
  count(*) AS incidents,
  count(DISTINCT repositories.id) AS services,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY recovery_seconds) AS p50,
  avg(recovery_seconds) AS mean
FROM facts.incidents
JOIN core.projects ON projects.id = incidents.project_id
JOIN core.teams ON teams.id = projects.team_id
JOIN core.teams AS departments ON departments.id = teams.parent_id
LEFT JOIN core.repositories ON repositories.id = incidents.repository_id
WHERE recovery_seconds IS NOT NULL
GROUP BY departments.name, severity
