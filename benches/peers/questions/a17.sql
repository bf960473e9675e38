-- How predictable are teams? What they committed to in each sprint and what came of it, and how that varies.
WITH sprints AS (
  SELECT
    team_id,
    sprint_id,
    sum(CASE WHEN is_committed THEN 1 ELSE 0 END) AS committed,
    sum(CASE WHEN is_committed AND is_completed THEN 1 ELSE 0 END) AS completed,
    sum(CASE WHEN is_added THEN 1 ELSE 0 END) AS added
  FROM facts.sprint_items
  WHERE excluded IS NULL AND sprint_state = 'closed'
  GROUP BY team_id, sprint_id
)
SELECT
  team_id,
  count(*) AS sprints,
  avg(1e2 * completed / committed) AS mean_percent,
  min(1e0 * completed / committed) AS worst,
  sum(added) AS added
FROM sprints
WHERE committed > 0
GROUP BY team_id
