-- name: counted
-- How far they are counted.
SELECT at, id FROM job_counted WHERE one = 1;

-- name: count_up_to
-- Notes how far they are.
INSERT INTO job_counted (one, at, id) VALUES (1, ?, ?)
ON CONFLICT (one) DO UPDATE SET at = excluded.at, id = excluded.id;

-- name: ended
-- What counts of jobs that have ended, in the order of their ends, behind one of them.
SELECT finished_at, id, action, status, created_at, started_at, done + failed + existing, failed
FROM jobs WHERE finished_at >= :at AND finished_at < :now AND (finished_at, id) > (:at, :id)
ORDER BY finished_at, id LIMIT :most;

-- name: ended_one
-- The same of one job.
SELECT finished_at, id, action, status, created_at, started_at, done + failed + existing, failed
FROM jobs WHERE id = ?;

-- name: add
-- Adds jobs to those of about the same duration in their hour.
INSERT INTO job_durations (
    hour, action, measure, bucket, jobs, total, longest, items, failed_items)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (hour, action, measure, bucket) DO UPDATE SET
    jobs = jobs + excluded.jobs, total = total + excluded.total,
    longest = max(longest, excluded.longest), items = items + excluded.items,
    failed_items = failed_items + excluded.failed_items;

-- name: since
-- All durations from an hour on.
SELECT action, measure, bucket, sum(jobs), sum(total), max(longest), sum(items), sum(failed_items)
FROM job_durations WHERE hour >= ? GROUP BY action, measure, bucket;

-- name: forget
-- Forgets hours before one.
DELETE FROM job_durations WHERE hour < ?;
