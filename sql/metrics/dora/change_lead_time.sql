-- name: change_lead_time
-- title: Change lead time
-- unit: seconds
-- direction: lower
-- kind: percentile
-- description: How long a change takes from its first commit to production. A change is one merged pull request, or one
--   commit that reached production outside of one. It counts in the period in which it was deployed.
-- formula: finish of the first successful production deployment with the change − authoring of its first commit;
--   median and 90th percentile over the changes
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: change
-- minimum_n: 10
-- version: 1
-- source: https://dora.dev/guides/dora-metrics
SELECT
  COALESCE(deployed_at, merged_at) AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  lead_seconds AS value,
  FALSE AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN lead_seconds IS NULL THEN 'no lead time'
  END AS excluded
FROM facts.changes
