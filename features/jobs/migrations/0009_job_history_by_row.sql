-- Less is written for each job (docs/decisions/0030-events.md): no entry of its history that its row
-- says as well, and no trigger that looks up what has to be asked of unusual transitions only.
--
-- The first start of a job, as the first thing that its history has, is in `started_at`, and its usual
-- end in `finished_at`: whoever reads the history has them from there.  They are written before
-- anything else makes the row say something else (ledger/history.py).  The numbers 1 and 2 of a
-- history belong to the first entries, written or not.
DROP TRIGGER jobs_transition;
DROP TRIGGER jobs_changed;
DROP TRIGGER jobs_changed_often;

-- Behind the update and not before it, for which SQLite would look up the row once more; the usual
-- transitions of the table are passed without a look at it.
CREATE TRIGGER jobs_transition AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status
    AND NOT (OLD.status = 'queued' AND NEW.status = 'active')
    AND NOT (OLD.status = 'active' AND NEW.status = 'completed')
    AND NOT EXISTS (
        SELECT 1 FROM job_transitions WHERE before = OLD.status AND after = NEW.status)
BEGIN SELECT RAISE(ABORT, 'a job may not become this'); END;

CREATE TRIGGER jobs_changed AFTER UPDATE OF status ON jobs WHEN OLD.status <> NEW.status
BEGIN
    INSERT INTO events (at, kind, subject, mesh_id, data)
    VALUES (
        NEW.updated_at,
        CASE NEW.status
            WHEN 'active' THEN
                CASE OLD.status WHEN 'queued' THEN 'job.started' ELSE 'job.resumed' END
            WHEN 'paused' THEN
                CASE NEW.pause_reason WHEN 'preempted' THEN 'job.preempted' ELSE 'job.paused' END
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

-- A job that runs and pauses for ever does not fill its history with that: after so many runs only
-- what ends it is of interest there.
CREATE TRIGGER jobs_history AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status
    AND (NEW.status <> 'completed' OR NEW.end_reason IS NOT NULL)
    AND (NEW.run < 50000 OR (NEW.status <> 'active' AND NEW.status <> 'paused'))
    AND (NEW.run <> 1 OR NEW.status <> 'active'
        OR EXISTS (SELECT 1 FROM job_history WHERE job_id = NEW.id))
BEGIN
    INSERT INTO job_history (job_id, sequence, at, event, reason, attempt, detail)
    VALUES (
        NEW.id,
        (SELECT coalesce(max(sequence), 2) + 1 FROM job_history WHERE job_id = NEW.id),
        NEW.updated_at, NEW.status, coalesce(NEW.pause_reason, NEW.end_reason), NEW.attempt,
        CASE WHEN NEW.status = 'paused' OR NEW.status = 'interrupted' OR NEW.status = 'failed' THEN
            coalesce(NEW.error, 'by job ' || NEW.preempted_by)
        END);
END;
