-- The risks of one rule that stand: of each subject what was found last.
-- `engine/src/risk/views.rs` puts in the rule and the columns.
SELECT
  day,
  {columns}
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY subject_id, project_id ORDER BY day DESC) AS place
  FROM facts.risks
  WHERE rule = '{rule}'
) AS risks
WHERE place = 1 AND sentence IS NOT NULL
