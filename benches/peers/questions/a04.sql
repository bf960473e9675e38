-- The five slowest changes of each team in the last ninety days.
SELECT team, place, title, lead_seconds
FROM (
  SELECT
    teams.name AS team,
    changes.title AS title,
    lead_seconds,
    row_number() OVER (PARTITION BY changes.team_id ORDER BY lead_seconds DESC, changes.id) AS place
  FROM facts.changes
  JOIN core.teams ON teams.id = changes.team_id
  WHERE lead_seconds IS NOT NULL AND deployed_at >= {now-90d}
) AS ranked
WHERE place <= 5
