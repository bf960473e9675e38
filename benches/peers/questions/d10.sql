-- Work in progress at the end of each month.
SELECT CAST(months.border AS DATE) AS month, count(*) AS in_progress
FROM facts.work_items
JOIN {months} ON work_items.started_at < months.border AND (work_items.done_at IS NULL OR work_items.done_at >= months.border)
WHERE excluded IS NULL
GROUP BY CAST(months.border AS DATE)
