-- name: linked_changes
-- title: Changes linked to work items
-- unit: ratio
-- direction: higher
-- kind: ratio
-- description: The share of merged pull requests that belong to a work item, so that what was delivered can be told: they, or
--   a commit of theirs, name it by its key, or its source knows of them. Pull requests by programs are excluded.
-- formula: merged pull requests that belong to a work item ÷ merged pull requests
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: pull_request
-- minimum_n: 1
-- version: 2
-- source: own definition
SELECT
  merged_at AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  CASE WHEN cardinality(work_item_keys) > 0 THEN 1.0 ELSE 0.0 END AS numerator,
  1.0 AS denominator,
  FALSE AS open,
  CASE WHEN by_bot THEN 'bot' END AS excluded,
  CASE WHEN cardinality(work_item_keys) > 0 THEN NULL ELSE 'no work item' END AS lacks
FROM facts.pull_requests
WHERE state = 'merged'
