-- Items of projects that had an incident of the two worst severities in the last ninety days: a semi join.
SELECT class, priority, count(*) AS items, percentile_cont(0.5) WITHIN GROUP (ORDER BY cycle_seconds) AS p50
FROM facts.work_items
WHERE excluded IS NULL AND is_done AND project_id IN (
  SELECT project_id FROM facts.incidents WHERE severity IN ('sev1', 'sev2') AND began_at >= {now-90d}
)
GROUP BY class, priority
