-- name: lead_time_coding
-- title: Coding time
-- unit: seconds
-- direction: lower
-- kind: percentile
-- description: From the first commit to the opened pull request. A stage of change lead time, over the same changes: those with
--   a lead time, in the period in which they were deployed. A change without this stage is excluded from it, never counted as 0.
-- formula: opening of the pull request − authoring of the first commit; median and 90th percentile over the changes
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
  coding_seconds AS value,
  FALSE AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN lead_seconds IS NULL THEN 'no lead time'
    WHEN coding_seconds IS NULL THEN 'no such stage'
  END AS excluded
FROM facts.changes
