-- The items that were done within a span, each with how long it took, in the order in which they were done. Of more than are listed
-- those are there that took longest, and of the rest those whose sums come first: by chance, but the same each time.
-- The words in braces are put in by `engine/src/metrics/cycle_times.rs`.
SELECT
  items.id,
  items.key,
  items.title,
  items.url,
  listed.at AS done_at,
  listed.value AS cycle_seconds
FROM (
  SELECT
    subject_id,
    at,
    value
  FROM (
    SELECT
      subject_id,
      at,
      value,
      row_number() OVER (ORDER BY value DESC, subject_id) AS place
    FROM flow.cycle_time
    WHERE at >= {from} AND at < {until} AND NOT open AND excluded IS NULL{filter}
  ) AS done
  ORDER BY CASE WHEN place <= {slowest} THEN '' ELSE md5(subject_id) END, subject_id
  LIMIT {most}
) AS listed
JOIN facts.work_items AS items ON items.id = listed.subject_id
ORDER BY done_at, id
