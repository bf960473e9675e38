-- Throughput by week and class: where the effort goes.
SELECT CAST(date_trunc('week', done_at) AS DATE) AS week, class, count(*) AS n
FROM facts.work_items
WHERE excluded IS NULL AND is_done AND done_at >= {now-364d}
GROUP BY CAST(date_trunc('week', done_at) AS DATE), class
