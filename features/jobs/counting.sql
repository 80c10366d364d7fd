-- name: open
-- Jobs that are not finished, by lane, status and priority, and whether they wait for their turn alone.
SELECT lane, status, priority, 1, count(*) FROM jobs WHERE ready = 1
GROUP BY lane, status, priority
UNION ALL
SELECT lane, status, priority, 0, count(*) FROM jobs
WHERE ready = 0 AND finished_at IS NULL AND run >= 0
GROUP BY lane, status, priority;

-- name: finished
-- Finished jobs by status; triggers keep the numbers.
SELECT status, jobs FROM job_totals;

-- name: holds
-- What is on hold.
SELECT kind, name, set_at, until, by FROM job_holds ORDER BY kind, name;
