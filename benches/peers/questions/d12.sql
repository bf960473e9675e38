-- Cumulative flow: how many items were in each category at the end of each month.
SELECT CAST(months.border AS DATE) AS month, status_category, count(*) AS n
FROM facts.work_item_stays
JOIN {months} ON work_item_stays.entered_at < months.border AND (work_item_stays.left_at IS NULL OR work_item_stays.left_at >= months.border)
WHERE excluded IS NULL
GROUP BY CAST(months.border AS DATE), status_category
