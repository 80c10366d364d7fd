-- name: ended
-- What counts of jobs that have just ended (a JSON array of their ids).
SELECT action, status, created_at, started_at, done + failed + existing, failed
FROM jobs WHERE id IN (SELECT value FROM json_each(?));

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
