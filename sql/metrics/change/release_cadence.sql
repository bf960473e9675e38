-- name: release_cadence
-- title: Release cadence
-- unit: releases per week
-- direction: neither
-- kind: count
-- description: How often a release is published. Pre-releases and drafts are excluded. What is released need not be
--   deployed: see Deployment frequency.
-- formula: releases published ÷ weeks; over the whole span also median and 90th percentile of the complete periods
-- grain: day, week, month
-- dimensions: repository, project, owning_team
-- subject: release
-- since: change
-- minimum_n: 10
-- version: 2
-- source: own definition
SELECT
  published_at AS at,
  releases.repository_id,
  owners.project_id,
  CAST(NULL AS VARCHAR) AS team_id,
  owners.team_id AS owning_team_id,
  id AS subject_id,
  FALSE AS open,
  CASE
    WHEN is_prerelease THEN 'pre-release'
    WHEN published_at IS NULL THEN 'not published'
  END AS excluded
FROM core.releases AS releases
LEFT JOIN (
  {repository_owners}
) AS owners ON owners.repository_id = releases.repository_id
WHERE releases.deleted_at IS NULL
