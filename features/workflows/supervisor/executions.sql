-- name: page
-- Some executions, the newest first.
SELECT id, workflow_id, workflow, revision, status, triggered_by, trigger_type, created_at,
    started_at, completed_at, error, steps_completed, total_steps, seq, key, parent, replay_of,
    depth
FROM executions
WHERE (:id IS NULL OR workflow_id = :id) AND (:status IS NULL OR status = :status)
ORDER BY id DESC LIMIT :limit OFFSET :offset;

-- name: count
-- How many of them there are.
SELECT count(*) FROM executions
WHERE (:id IS NULL OR workflow_id = :id) AND (:status IS NULL OR status = :status);

-- name: one
-- One with all that it was given.
SELECT id, workflow_id, workflow, revision, status, triggered_by, trigger_type, created_at,
    started_at, completed_at, error, steps_completed, total_steps, seq, key, parent, replay_of,
    depth, trigger_values, inputs, state
FROM executions WHERE id = ?;

-- name: steps
-- Its steps in the order in which they have begun.
SELECT run, number, node, type, status, started_at, completed_at, input, result, error, attempt,
    changes
FROM steps WHERE execution_id = ? ORDER BY run;

-- name: children
-- Those that it has called.
SELECT id FROM executions WHERE parent = ? ORDER BY id;

-- name: logs
-- What happened in it, oldest first: what was noted, and how each step has ended.
SELECT at, level, run, text FROM (
    SELECT at, level, run, text, iif(run, 1, iif(text LIKE 'begun by %', 0, 2)) AS part, 0 AS ends
    FROM logs WHERE execution_id = :id
    UNION ALL
    SELECT completed_at, iif(status = 'failed', 'error', 'info'), run,
        node || ': ' || status || coalesce(': ' || nullif(error, ''), ''), 1, 1
    FROM steps WHERE execution_id = :id AND completed_at IS NOT NULL
)
ORDER BY at, part, run, ends LIMIT :limit;

-- name: approvals
-- Questions to people.
SELECT id, execution_id, workflow, question, options, mesh_id, user_id, asked_at, expires_at,
    answer, answered_by
FROM approvals WHERE NOT :open OR closed_at IS NULL ORDER BY id DESC LIMIT 500;

-- name: live
-- How many have not ended, by status.
SELECT status, count(*) FROM executions
WHERE completed_at IS NULL AND (:id IS NULL OR workflow_id = :id) GROUP BY status;

-- name: trigger_types
-- How often each type of trigger has begun one.
SELECT trigger_type, count(*) FROM executions
WHERE :id IS NULL OR workflow_id = :id GROUP BY trigger_type ORDER BY 2 DESC;

-- name: cursor
-- Up to which event the engine has read.
SELECT value FROM meta WHERE name = 'cursor';
