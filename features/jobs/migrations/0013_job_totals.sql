-- How many finished jobs there are of each status, so that no page has to count them.  Kept in the
-- trigger that looks at each change of status anyway: another one would be set up for every row.
CREATE TABLE job_totals (
    status TEXT PRIMARY KEY CHECK (
        status = 'completed' OR status = 'failed' OR status = 'cancelled'),
    jobs INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO job_totals
SELECT value, (SELECT count(*) FROM jobs WHERE finished_at IS NOT NULL AND status = value)
FROM json_each('["completed","failed","cancelled"]');

DROP TRIGGER jobs_changed;
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
    UPDATE job_totals SET jobs = jobs + iif(status = NEW.status, 1, -1)
    WHERE status = NEW.status OR status = OLD.status;
END;

CREATE TRIGGER jobs_removed AFTER DELETE ON jobs WHEN OLD.finished_at IS NOT NULL
BEGIN
    UPDATE job_totals SET jobs = jobs - 1 WHERE status = OLD.status;
END;
