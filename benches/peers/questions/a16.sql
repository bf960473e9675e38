-- How old was the work in progress at the end of each month, by class? Every month held against every item.
SELECT
  CAST(months.border AS DATE) AS month,
  class,
  count(*) AS in_progress,
  min(started_at) AS oldest,
  sum(points) AS points
FROM facts.work_items
JOIN {months} ON work_items.started_at < months.border AND (work_items.done_at IS NULL OR work_items.done_at >= months.border)
WHERE excluded IS NULL
GROUP BY CAST(months.border AS DATE), class
