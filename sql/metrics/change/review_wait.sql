-- name: review_wait
-- title: Review wait
-- unit: working seconds
-- direction: lower
-- kind: percentile
-- description: How long a review is waited for, from when the pull request could be reviewed, or from the review
--   before. In working hours of the tenant's calendar. By team it is the reviewers', while Pull request pickup time
--   is the authors'. Reviews of one's own pull requests, by programs, of drafts and after the merge are excluded, and so
--   are those of which nobody knows who made them or whose pull request it is.
-- formula: submitted − opened, or the review before; median and 90th percentile over the reviews
-- grain: day, week, month
-- dimensions: repository, project, team, owning_team
-- subject: review
-- minimum_n: 10
-- version: 1
-- source: https://google.github.io/eng-practices/review/reviewer/speed.html
SELECT
  submitted_at AS at,
  repository_id,
  project_id,
  team_id,
  owning_team_id,
  id AS subject_id,
  wait_seconds AS value,
  FALSE AS open,
  CASE
    WHEN excluded IS NOT NULL THEN excluded
    WHEN wait_seconds IS NULL THEN 'no such time'
  END AS excluded
FROM facts.reviews
