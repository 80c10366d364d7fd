-- name: jobs
-- Jobs that match, newest first, each as the JSON of `results.JobInfo`.  Where nothing matches, all
-- rows are looked at: only what is asked for is compared, and `run`, which stands behind the texts
-- of a row, last.
SELECT json_object(
    'job_id', id, 'action', action, 'status', status, 'priority', priority, 'lane', lane,
    'position', NULL, 'mesh_id', mesh_id,
    'counts', json_object('pending', pending, 'done', done, 'failed', failed, 'existing', existing),
    'attempt', attempt, 'pause_reason', pause_reason, 'ready', json(iif(ready, 'true', 'false')),
    'resume_after', {resume_after}, 'preempted_by', preempted_by, 'error', error,
    'created_by', created_by, 'created_at', {created_at}, 'updated_at', {updated_at},
    'started_at', {started_at}, 'finished_at', {finished_at}, 'created_name', created_name,
    'origin', origin, 'wanted', wanted, 'key', idempotency_key, 'target', target,
    'deadline', {deadline}, 'expires_at', {expires_at}, 'end_reason', end_reason,
    'stuck_since', {stuck_since})
FROM jobs
WHERE id < :before {conditions} AND run >= 0
ORDER BY id DESC LIMIT :limit;

-- name: waiting
-- How many jobs wait for a slot, counted up to a limit.
SELECT count(*) FROM (SELECT 1 FROM jobs WHERE ready = 1 LIMIT ?);

-- name: ended
-- How many jobs have ended in each way.
SELECT status, jobs FROM job_totals;

-- name: job
-- Whether there is a job; drafts do not count.
SELECT 1 FROM jobs WHERE id = ? AND run >= 0;

-- name: items
-- Items of a job in their order, each as the JSON of `results.ItemInfo`.
SELECT json_object(
    'position', position, 'key', key, 'state', state, 'result', json(coalesce(result, 'null')),
    'error', error, 'attempt', attempt, 'updated_at', {updated_at})
FROM job_items
WHERE job_id = :job_id AND position > :after AND {state}
ORDER BY position LIMIT :limit;
