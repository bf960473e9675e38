-- The ages of what is in progress now, by class: when the oldest of them were begun, and how many for longer than a month.
-- Slower: of the processor's time that Pulse takes for it and eight others, over the whole company, 27 % is reading Parquet, of which a third is zstd, a quarter grouping, and 7 % planning
SELECT
  class,
  count(*) AS n,
  min(started_at) AS oldest,
  sum(CASE WHEN started_at < {now-30d} THEN 1 ELSE 0 END) AS over_a_month,
  sum(CASE WHEN started_at < {now-90d} THEN 1 ELSE 0 END) AS over_a_quarter
FROM facts.work_items
WHERE excluded IS NULL AND started_at IS NOT NULL AND done_at IS NULL
GROUP BY class
