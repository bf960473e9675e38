-- name: review_load
-- title: Review load
-- unit: reviews per week
-- direction: neither
-- kind: count
-- description: How many reviews of other people's pull requests a team submits: what the changes of all cost it. Reviews
--   of one's own pull requests, by programs, of drafts and after the merge are excluded, and so are those of which nobody
--   knows who made them or whose pull request it is. It is of teams and never of a person.
-- formula: reviews submitted ÷ weeks; over the whole span also median and 90th percentile of the complete periods
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: review
-- since: change
-- minimum_n: 10
-- version: 2
-- source: own definition
SELECT
  submitted_at AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  FALSE AS open,
  excluded
FROM facts.reviews
