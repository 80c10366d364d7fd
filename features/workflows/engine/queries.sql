-- name: meta
-- One of the values that are kept by name.
SELECT value FROM meta WHERE name = ?;

-- name: set_meta
-- Keeps one.
INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: forget_numbers
-- Events behind this one are not in the log any more; other ones get their numbers.
UPDATE executions SET seq = NULL WHERE seq > ?;

-- name: insert_execution
-- Adds an execution.
INSERT INTO executions (workflow_id, workflow, revision, status, triggered_by, trigger_type, seq,
    trigger_values, inputs, key, priority, error, created_at, started_at, completed_at, due_at,
    deadline_at, steps_completed, total_steps, state, parent, parent_run, correlation_id,
    causation_id, depth, request, replay_of)
VALUES (:workflow_id, :workflow, :revision, :status, :by, :trigger, :seq, :trigger_values, :inputs,
    :key, :priority, :error, :now, NULL, :completed_at, NULL, NULL, 0, :total, NULL, :parent,
    :parent_run, :correlation_id, :causation_id, :depth, :request, :replay_of);

-- name: move_execution
-- Notes where an execution is.
UPDATE executions SET status = :status, error = :error, started_at = :started_at,
    completed_at = :completed_at, due_at = :due_at, deadline_at = :deadline_at,
    steps_completed = :done, total_steps = coalesce(:total, max(total_steps, :done)), state = :state
WHERE id = :id;

-- name: execution
-- What begins or continues an execution.
SELECT id, workflow_id, workflow, revision, status, triggered_by, trigger_type, seq,
    trigger_values, inputs, key, created_at, started_at, deadline_at, state, parent, parent_run,
    correlation_id, causation_id, depth
FROM executions WHERE id = ?;

-- name: live
-- Those that have begun and not ended.
SELECT id FROM executions WHERE completed_at IS NULL AND state IS NOT NULL ORDER BY id;

-- name: by_request
-- The one that was asked for with a key.
SELECT id, status FROM executions WHERE request = ?;

-- name: by_event
-- Whether an event has begun one.
SELECT id, status, error FROM executions
WHERE seq = ? AND workflow_id = ? AND replay_of IS NULL AND parent IS NULL AND request IS NULL;

-- name: queued
-- The next one that waits for its turn.
SELECT id FROM executions
WHERE completed_at IS NULL AND status = 'queued' AND workflow_id = ? AND key = ?
ORDER BY priority DESC, id LIMIT 1;

-- name: count_queued
-- How many wait for their turn.
SELECT count(*) FROM executions
WHERE completed_at IS NULL AND status = 'queued' AND workflow_id = ? AND key = ?;

-- name: queues
-- Where some wait.
SELECT DISTINCT workflow_id, key FROM executions WHERE completed_at IS NULL AND status = 'queued';

-- name: children_of
-- Those that an execution has called and that have not ended.
SELECT id, parent_run FROM executions WHERE parent = ? AND completed_at IS NULL;

-- name: newest_of
-- The chain that the newest execution of a workflow is in.
SELECT correlation_id, depth FROM executions WHERE workflow_id = ? ORDER BY id DESC LIMIT 1;

-- name: chain
-- Who has begun which workflows in a chain that ran just now.
SELECT depth, workflow, workflow_id, triggered_by FROM executions
WHERE id > (SELECT MAX(id) FROM executions) - :most AND correlation_id = :correlation_id
    AND status != 'skipped';

-- name: parent
-- Who has called an execution.
SELECT parent FROM executions WHERE id = ?;

-- name: put_step
-- Notes how a step is; what is null stays as it was.
INSERT INTO steps (execution_id, run, node, type, number, status, started_at, completed_at, input,
    result, error, attempt, changes, effect)
VALUES (:execution, :run, :node, :type, :number, :status, :at, :completed_at, :input, :result,
    :error, :attempt, :changes, NULL)
ON CONFLICT (execution_id, run) DO UPDATE SET status = excluded.status,
    completed_at = excluded.completed_at, input = coalesce(excluded.input, input),
    result = excluded.result, error = excluded.error, attempt = max(attempt, excluded.attempt),
    changes = coalesce(excluded.changes, changes),
    effect = CASE WHEN excluded.status = 'running' THEN effect END;

-- name: set_effect
-- Keeps the request that is under way for a step.
UPDATE steps SET effect = ? WHERE execution_id = ? AND run = ?;

-- name: effects
-- All requests that are under way.
SELECT execution_id, run, effect FROM steps WHERE effect IS NOT NULL ORDER BY execution_id, run;

-- name: log
-- Adds a line to an execution's log.
INSERT INTO logs (execution_id, at, level, run, text) VALUES (?, ?, ?, ?, ?);

-- name: report
-- Adds a message to the supervisor.
INSERT INTO outbox (entry) VALUES (?);

-- name: reports
-- What it has not heard.
SELECT number, entry FROM outbox ORDER BY number LIMIT ?;

-- name: forget_reports
-- It has heard these.
DELETE FROM outbox WHERE number <= ?;

-- name: decide
-- Keeps why something did not run.
INSERT INTO decisions (seq, workflow_id, at, reason) VALUES (?, ?, ?, ?);

-- name: forget_decisions
-- Drops old ones.
DELETE FROM decisions WHERE id <= (SELECT max(id) FROM decisions) - ?;

-- name: oldest_decision
-- The oldest that is kept; those before it were dropped where its id is not the first.
SELECT id, seq FROM decisions ORDER BY id LIMIT 1;

-- name: decision
-- Why a workflow did not run at an event.
SELECT reason FROM decisions WHERE seq = ? AND workflow_id = ? ORDER BY id DESC LIMIT 1;

-- name: add_start
-- Notes that an execution of a key has begun.
INSERT INTO starts (workflow_id, key, at) VALUES (?, ?, ?);

-- name: starts_since
-- How many of a key have begun since a moment, and when the last one has.
SELECT count(*), max(at) FROM starts WHERE workflow_id = ? AND key = ? AND at > ?;

-- name: forget_starts
-- Drops what no limit looks at any more.
DELETE FROM starts WHERE workflow_id = ? AND key = ? AND at <= ?;

-- name: seen
-- The values of fields at the event before.
SELECT field, value FROM seen WHERE workflow_id = ? AND key = ?;

-- name: seen_one
-- One of them.
SELECT value FROM seen WHERE workflow_id = ? AND key = ? AND field = ?;

-- name: see
-- Keeps one.
INSERT INTO seen (workflow_id, key, field, value) VALUES (?, ?, ?, ?)
ON CONFLICT (workflow_id, key, field) DO UPDATE SET value = excluded.value;

-- name: times
-- The next times of all triggers of time.
SELECT workflow_id, number, timing, next_at FROM times;

-- name: set_time
-- Keeps the next time of one.
INSERT INTO times (workflow_id, number, timing, next_at) VALUES (?, ?, ?, ?)
ON CONFLICT (workflow_id, number) DO UPDATE SET timing = excluded.timing,
    next_at = excluded.next_at;

-- name: remove_time
-- Drops one.
DELETE FROM times WHERE workflow_id = ? AND number = ?;

-- name: circuits
-- Workflows with failures in a row.
SELECT workflow_id, failures, open_until FROM circuits;

-- name: set_circuit
-- Keeps how many there are.
INSERT INTO circuits (workflow_id, failures, open_until) VALUES (?, ?, ?)
ON CONFLICT (workflow_id) DO UPDATE SET failures = excluded.failures,
    open_until = excluded.open_until;

-- name: add_aside
-- Adds a request that no step waits for.
INSERT OR IGNORE INTO asides (key, workflow, owner, request, cause, at) VALUES (?, ?, ?, ?, ?, ?);

-- name: asides
-- All that are under way.
SELECT key, workflow, owner, request, cause FROM asides ORDER BY at;

-- name: remove_aside
-- It is done, or refused.
DELETE FROM asides WHERE key = ?;

-- name: add_approval
-- Adds a question to a person.
INSERT INTO approvals (execution_id, run, workflow, question, options, mesh_id, user_id, asked_at,
    expires_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: approval
-- One by its number.
SELECT id, execution_id, run, workflow, options, closed_at FROM approvals WHERE id = ?;

-- name: open_in_mesh
-- Questions of a mesh that wait, the newest first.
SELECT id, options, user_id FROM approvals WHERE closed_at IS NULL AND mesh_id = ?
ORDER BY id DESC;

-- name: open_approvals
-- How many wait in rooms.
SELECT count(*) FROM approvals WHERE closed_at IS NULL AND mesh_id IS NOT NULL;

-- name: close_approval
-- It is answered, or its outcome is not needed any more.
UPDATE approvals SET answer = ?, answered_by = ?, closed_at = ?
WHERE execution_id = ? AND run = ? AND closed_at IS NULL;

-- name: outdated
-- Executions that have ended before a moment.
SELECT id FROM executions WHERE completed_at < ? ORDER BY id LIMIT ?;

-- name: of_step
-- The result of a step that was done.
SELECT node, status, result FROM steps WHERE execution_id = ? ORDER BY run;
