-- name: team_wip_over_limit
-- title: A team's work in progress over its limit
-- subject: team
-- weight: 0.25
-- description: A team has more in progress than its people can carry, in all projects together, of which none need be over its
--   own limit. Its people are all who are assigned to an item of the team that is in progress, or was done of late. What has not
--   moved for long is forgotten, and nobody carries it.
-- formula: ramp(items in progress ÷ people)
-- thresholds: from = 2 count: the items in progress for each person that are the limit; full = 5 count: at which the risk is 1;
--   days = 28 days: what counts as done of late; forgotten = 84 days: after how long without a move an item
--   is not counted; minimum = 5 count: with fewer items in progress nothing is said
-- sentence: The team {name} has {wip:item,items} in progress for {people:person,people}[, besides {old} that {old|is,are}
--   forgotten], where {most} for each {most|is,are} the limit.
-- evidence: work_item
-- version: 2
-- source: https://dora.dev/capabilities/wip-limits/
WITH doing AS (
  SELECT
    work_item_id,
    max(entered_at) <= {as_of} - INTERVAL '{forgotten} days' AS is_forgotten
  FROM facts.work_item_stays
  WHERE excluded IS NULL AND status_category = 'doing' AND entered_at <= {as_of} AND (left_at IS NULL OR left_at > {as_of})
  GROUP BY work_item_id
),
counted AS (
  SELECT
    items.team_id,
    count(*) FILTER (WHERE NOT doing.is_forgotten) AS wip,
    count(*) FILTER (WHERE doing.is_forgotten) AS old,
    -- What is forgotten has nobody who works on it.
    count(DISTINCT CASE WHEN doing.is_forgotten THEN NULL ELSE items.assignee_id END) AS people,
    array_agg(items.id ORDER BY items.started_at, items.id) FILTER (WHERE NOT doing.is_forgotten) AS evidence
  FROM facts.work_items AS items
  LEFT JOIN doing ON doing.work_item_id = items.id
  WHERE items.excluded IS NULL AND items.team_id IS NOT NULL
    AND (doing.work_item_id IS NOT NULL OR (items.done_at <= {as_of} AND items.done_at > {as_of} - INTERVAL '{days} days'))
  GROUP BY items.team_id
)
SELECT
  counted.team_id AS subject_id,
  ramp(CAST(counted.wip AS DOUBLE) / counted.people, {from}, {full}) AS score,
  COALESCE(teams.name, counted.team_id) AS name,
  counted.wip,
  counted.people,
  NULLIF(counted.old, 0) AS old,
  {from} AS most,
  counted.evidence
FROM counted
LEFT JOIN core.teams AS teams ON teams.id = counted.team_id
WHERE counted.wip >= {minimum} AND counted.people > 0
