-- name: count_ended
-- How many jobs have ended before a moment.
SELECT count(*) FROM jobs WHERE finished_at < ? AND run >= 0;

-- name: ended
-- Some of them, those first that ended first.
SELECT * FROM jobs WHERE finished_at < ? AND run >= 0 ORDER BY finished_at LIMIT ?;

-- name: history_of
-- What happened to one.
SELECT at, event, reason, attempt, detail FROM job_history WHERE job_id = ? ORDER BY sequence;

-- name: items_of
-- Some of its items.
SELECT key, state, result, error FROM job_items WHERE job_id = ? ORDER BY position LIMIT ?;

-- name: count_items_without
-- Items of missing jobs.
SELECT count(*) FROM job_items WHERE job_id NOT IN (SELECT id FROM jobs);

-- name: count_history_without
-- History of missing jobs.
SELECT count(*) FROM job_history WHERE job_id NOT IN (SELECT id FROM jobs);

-- name: items_without
-- Missing jobs that have items.
SELECT DISTINCT job_id FROM job_items WHERE job_id NOT IN (SELECT id FROM jobs) LIMIT 1;

-- name: history_without
-- Likewise with a history.
SELECT DISTINCT job_id FROM job_history WHERE job_id NOT IN (SELECT id FROM jobs) LIMIT 1;
