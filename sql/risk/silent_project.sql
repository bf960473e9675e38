-- name: silent_project
-- title: Silent project
-- subject: project
-- weight: 0.5
-- description: Work was begun and is not done, and nothing has happened for a while: no item moved or came in, no pull request was
--   opened, reviewed or merged, no change was made and nothing was deployed. What happens in a repository happens in each project that
--   has it. What has not moved for long is forgotten, and not in progress: a project with nothing else is at rest.
-- formula: ramp(days since anything happened), where something is in progress
-- thresholds: from = 14 days: the days at which the risk begins; full = 42 days: at which it is 1;
--   forgotten = 84 days: after how long without a move an item is not counted
-- sentence: Nothing has happened since {last}, with {wip:item,items} in progress.
-- evidence: work_item
-- version: 3
-- source: a rule of this catalogue
WITH scopes AS (
  SELECT DISTINCT scope_id AS repository_id, project_id
  FROM core.project_scopes
  WHERE scope_kind = 'repository' AND deleted_at IS NULL
),
stays AS (
  SELECT project_id, repository_id, work_item_id, excluded, status_category, entered_at, left_at
  FROM facts.work_item_stays
),
begun AS (
  SELECT project_id, repository_id, work_item_id
  FROM stays
  WHERE excluded IS NULL AND status_category = 'doing' AND entered_at <= {as_of} AND (left_at IS NULL OR left_at > {as_of})
    AND entered_at > {as_of} - INTERVAL '{forgotten} days'
),
doing AS (
  SELECT
    project_id,
    count(DISTINCT work_item_id) AS wip,
    array_agg(DISTINCT work_item_id ORDER BY work_item_id) AS evidence
  FROM (
    SELECT project_id, work_item_id FROM begun WHERE project_id IS NOT NULL
    UNION ALL
    SELECT scopes.project_id, begun.work_item_id FROM begun JOIN scopes ON scopes.repository_id = begun.repository_id
  ) AS of_each
  GROUP BY project_id
),
events AS (
  SELECT project_id, repository_id, entered_at AS at FROM stays
  UNION ALL
  SELECT project_id, repository_id, left_at FROM stays
  UNION ALL
  SELECT project_id, repository_id, created_at FROM facts.work_items
  UNION ALL
  SELECT project_id, repository_id, opened_at FROM facts.pull_requests
  UNION ALL
  SELECT project_id, repository_id, last_activity_at FROM facts.pull_requests
  UNION ALL
  SELECT project_id, repository_id, closed_at FROM facts.pull_requests
  UNION ALL
  SELECT project_id, repository_id, submitted_at FROM facts.reviews
  UNION ALL
  SELECT project_id, repository_id, first_commit_at FROM facts.changes
  UNION ALL
  SELECT project_id, repository_id, merged_at FROM facts.changes
  UNION ALL
  SELECT project_id, repository_id, finished_at FROM facts.deployments
),
newest AS (
  SELECT
    project_id,
    repository_id,
    max(at) AS at
  FROM events
  WHERE at <= {as_of}
  GROUP BY project_id, repository_id
),
last AS (
  SELECT
    project_id,
    max(at) AS at
  FROM (
    SELECT project_id, at FROM newest
    UNION ALL
    SELECT scopes.project_id, newest.at FROM newest JOIN scopes ON scopes.repository_id = newest.repository_id
  ) AS of_each
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
