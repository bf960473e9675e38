-- name: sprint_commitment
-- title: Sprint commitment
-- unit: items per week
-- direction: neither
-- kind: count
-- description: How many items were in sprints when these began, which is what was committed to. What was done already
--   when it came in is excluded. A sprint counts in the period in which it ended; what is in one that runs is open.
--   Items are counted, whatever their estimate. Held against throughput it says whether more is committed to than is
--   done. Periods without any count as zero, from when the first was made.
-- formula: items committed ÷ weeks; over the whole span also median and 90th percentile of the complete periods
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team, class, kind
-- subject: work_item
-- since: work_item
-- minimum_n: 10
-- version: 1
-- source: own definition
SELECT
  sprint_ends_at AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  class,
  kind,
  work_item_id AS subject_id,
  sprint_id,
  COALESCE(sprint_state = 'active', FALSE) AS open,
  excluded
FROM facts.sprint_items
WHERE is_committed OR excluded IS NOT NULL
