-- name: silent_project
-- title: Silent project
-- subject: project
-- weight: 0.5
-- description: Work was begun and is not done, and nothing has happened for a while: no item moved or came in, no pull request was
--   opened, reviewed or merged, no change was made and nothing was deployed.
-- formula: ramp(days since anything happened), where something is in progress
-- thresholds: from = 14 days: the days at which the risk begins; full = 42 days: at which it is 1
-- sentence: Nothing has happened since {last}, with {wip:item,items} in progress.
-- version: 1
-- source: a rule of this catalogue
WITH doing AS (
  SELECT
    project_id,
    count(DISTINCT work_item_id) AS wip,
    array_agg(DISTINCT work_item_id ORDER BY work_item_id) AS evidence
  FROM facts.work_item_stays
  WHERE excluded IS NULL AND status_category = 'doing' AND project_id IS NOT NULL
    AND entered_at <= {as_of} AND (left_at IS NULL OR left_at > {as_of})
  GROUP BY project_id
),
events AS (
  SELECT project_id, entered_at AS at FROM facts.work_item_stays
  UNION ALL
  SELECT project_id, left_at FROM facts.work_item_stays
  UNION ALL
  SELECT project_id, created_at FROM facts.work_items
  UNION ALL
  SELECT project_id, opened_at FROM facts.pull_requests
  UNION ALL
  SELECT project_id, last_activity_at FROM facts.pull_requests
  UNION ALL
  SELECT project_id, closed_at FROM facts.pull_requests
  UNION ALL
  SELECT project_id, submitted_at FROM facts.reviews
  UNION ALL
  SELECT project_id, first_commit_at FROM facts.changes
  UNION ALL
  SELECT project_id, merged_at FROM facts.changes
  UNION ALL
  SELECT project_id, finished_at FROM facts.deployments
),
last AS (
  SELECT
    project_id,
    max(at) AS at
  FROM events
  WHERE at <= {as_of}
  GROUP BY project_id
)
SELECT
  doing.project_id AS subject_id,
  ramp((date_part('epoch', {as_of}) - date_part('epoch', last.at)) / 86400, {from}, {full}) AS score,
  last.at AS last,
  doing.wip,
  doing.evidence
FROM doing
JOIN last ON last.project_id = doing.project_id
