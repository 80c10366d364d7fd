-- Less is done for each job (docs/decisions/0030-events.md).
--
-- A new job's event is appended beside its row (ledger/enqueue.py): with a trigger, SQLite keeps a copy
-- of each page that the statement changes.
DROP TRIGGER jobs_created;

-- One trigger for what happens to each job, and one for what does not: each is a program of its own
-- that SQLite sets up for every row, whatever its condition says.
DROP TRIGGER jobs_transition;
DROP TRIGGER jobs_changed;
DROP TRIGGER jobs_history;
DROP TRIGGER jobs_error;

-- The usual transitions are passed without a look at the table of them.
CREATE TRIGGER jobs_changed AFTER UPDATE OF status ON jobs WHEN OLD.status <> NEW.status
BEGIN
    INSERT INTO events (at, kind, subject, mesh_id, data)
    VALUES (
        NEW.updated_at,
        CASE
            WHEN OLD.status = 'queued' AND NEW.status = 'active' THEN 'job.started'
            WHEN OLD.status = 'active' AND NEW.status = 'completed' THEN 'job.completed'
            WHEN NOT EXISTS (
                SELECT 1 FROM job_transitions WHERE before = OLD.status AND after = NEW.status)
                THEN RAISE(ABORT, 'a job may not become this')
            WHEN NEW.status = 'active' THEN 'job.resumed'
            WHEN NEW.pause_reason = 'preempted' THEN 'job.preempted'
            ELSE 'job.' || NEW.status
        END,
        NEW.id, nullif(NEW.mesh_id, '-'),
        CASE WHEN NEW.status = 'active' OR NEW.status = 'queued' THEN
            json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
                'origin', NEW.origin, 'attempt', NEW.attempt)
        WHEN NEW.finished_at IS NULL THEN
            json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
                'origin', NEW.origin, 'attempt', NEW.attempt, 'reason', NEW.pause_reason,
                'error', NEW.error, 'resume_after', NEW.resume_after,
                'preempted_by', NEW.preempted_by)
        ELSE
            json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
                'origin', NEW.origin, 'attempt', NEW.attempt, 'reason', NEW.end_reason,
                'error', NEW.error, 'started_at', NEW.started_at, 'pending', NEW.pending,
                'done', NEW.done, 'failed', NEW.failed, 'existing', NEW.existing)
        END);
END;

-- What a row does not say: its history but for its first start and its usual end, and what went wrong.
-- A job that runs and pauses for ever does not fill its history with that: after so many runs only what
-- ends it is of interest there.
CREATE TRIGGER jobs_unusual AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status
    AND (NEW.status <> 'completed' OR NEW.end_reason IS NOT NULL)
    AND (NEW.run <> 1 OR NEW.status <> 'active'
        OR EXISTS (SELECT 1 FROM job_history WHERE job_id = NEW.id))
BEGIN
    INSERT INTO job_history (job_id, sequence, at, event, reason, attempt, detail)
    SELECT
        NEW.id,
        (SELECT coalesce(max(sequence), 2) + 1 FROM job_history WHERE job_id = NEW.id),
        NEW.updated_at, NEW.status, coalesce(NEW.pause_reason, NEW.end_reason), NEW.attempt,
        CASE WHEN NEW.status = 'paused' OR NEW.status = 'interrupted' OR NEW.status = 'failed' THEN
            coalesce(NEW.error, 'by job ' || NEW.preempted_by)
        END
    WHERE NEW.run < 50000 OR (NEW.status <> 'active' AND NEW.status <> 'paused');
    INSERT OR IGNORE INTO job_errors (at, job_id, action, mesh_id, event, attempt, error)
    SELECT
        NEW.updated_at, NEW.id, NEW.action, NEW.mesh_id, coalesce(NEW.pause_reason, NEW.status),
        NEW.attempt, NEW.error
    WHERE NEW.error IS NOT NULL
        AND (NEW.status = 'failed' OR NEW.status = 'interrupted' OR NEW.pause_reason = 'retry');
END;

-- Jobs about no mesh ('-') are in none here either.
DROP TRIGGER jobs_unstuck;
CREATE TRIGGER jobs_unstuck AFTER UPDATE OF stuck_since ON jobs
WHEN OLD.stuck_since IS NOT NULL AND NEW.stuck_since IS NULL
BEGIN
    INSERT INTO events (at, kind, subject, mesh_id, data)
    VALUES (
        NEW.updated_at, 'job.unstuck', NEW.id, nullif(NEW.mesh_id, '-'),
        json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
            'origin', NEW.origin, 'attempt', NEW.attempt));
END;
