-- name: definitions
-- All that was made or changed at run time.
SELECT name, definition, updated_at, updated_by FROM schedules;

-- name: definition
-- What was changed of one schedule.
SELECT definition FROM schedules WHERE name = ?;

-- name: save_definition
-- Makes or replaces what was changed of a schedule.
INSERT INTO schedules (name, definition, updated_at, updated_by)
VALUES (:name, :definition, :now, :by)
ON CONFLICT (name) DO UPDATE SET
    definition = excluded.definition,
    updated_at = excluded.updated_at,
    updated_by = excluded.updated_by;

-- name: remove_definition
-- Forgets it.
DELETE FROM schedules WHERE name = ?;

-- name: positions
-- How far all schedules are.
SELECT name, settled_until, timing FROM schedule_positions;

-- name: set_position
-- Notes how far a schedule is.
INSERT INTO schedule_positions (name, settled_until, timing)
VALUES (:name, :settled_until, :timing)
ON CONFLICT (name) DO UPDATE SET
    settled_until = excluded.settled_until,
    timing = excluded.timing;

-- name: settle
-- Notes that planned times have their fires.
UPDATE schedule_positions SET settled_until = :settled_until WHERE name = :name;

-- name: forget_position
-- Of a schedule that is gone.
DELETE FROM schedule_positions WHERE name = ?;

-- name: add_fire
-- Adds a planned time that has come, unless it has its fire.
INSERT INTO schedule_fires (schedule, planned_at, state, reason, started_by, at)
VALUES (:schedule, :planned_at, :state, :reason, :started_by, :now)
ON CONFLICT (schedule, planned_at) DO NOTHING;

-- name: submit_fire
-- Notes the job of a fire.
UPDATE schedule_fires SET state = 'submitted', job_id = :job_id, reason = NULL
WHERE schedule = :schedule AND planned_at = :planned_at;

-- name: skip_fire
-- Notes that a fire that waits does not run.
UPDATE schedule_fires SET state = 'skipped', reason = :reason
WHERE schedule = :schedule AND planned_at = :planned_at AND state = 'waiting';

-- name: open_fires
-- Fires of a schedule that wait, or whose end is not noted.  Without the index named, all of its
-- history is read.
SELECT planned_at, state, job_id, started_by FROM schedule_fires INDEXED BY schedule_fires_open
WHERE schedule = ? AND (state = 'waiting' OR (state = 'submitted' AND ended_at IS NULL))
ORDER BY planned_at;

-- name: waiting_schedules
-- Schedules with fires that wait.
SELECT DISTINCT schedule FROM schedule_fires
WHERE (state = 'waiting' OR (state = 'submitted' AND ended_at IS NULL)) AND state = 'waiting';

-- name: end_fire
-- Notes how the job of a fire has ended.
UPDATE schedule_fires SET outcome = :outcome, ended_at = :at, attempt = :attempt,
    duration_ms = :duration_ms, error = :error
WHERE job_id = :job_id RETURNING schedule;

-- name: history
-- Fires of a schedule before a moment, newest first.
SELECT planned_at, state, reason, started_by, job_id, outcome, attempt, duration_ms, error
FROM schedule_fires WHERE schedule = :schedule AND planned_at < :before
ORDER BY planned_at DESC LIMIT :limit;

-- name: outdated
-- Fires that were kept long enough, the oldest first.
SELECT schedule, planned_at FROM schedule_fires
WHERE planned_at < :before AND state <> 'waiting' AND (job_id IS NULL OR ended_at IS NOT NULL)
ORDER BY planned_at LIMIT :most;

-- name: remove_fire
-- Removes one.
DELETE FROM schedule_fires WHERE schedule = ? AND planned_at = ?;
