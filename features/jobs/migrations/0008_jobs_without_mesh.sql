-- Jobs about no mesh ('-'): their events are in none.
--
-- The triggers are otherwise those of 0005.
DROP TRIGGER jobs_created;
CREATE TRIGGER jobs_created AFTER INSERT ON jobs WHEN NEW.run >= 0
BEGIN
    INSERT INTO events (at, kind, subject, mesh_id, actor, data)
    VALUES (
        NEW.created_at, 'job.queued', NEW.id, nullif(NEW.mesh_id, '-'), NEW.created_by,
        json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
            'origin', NEW.origin));
END;
DROP TRIGGER jobs_opened;
CREATE TRIGGER jobs_opened AFTER UPDATE OF idempotency_key ON jobs WHEN OLD.run < 0 AND NEW.run = 0
BEGIN
    INSERT INTO events (at, kind, subject, mesh_id, actor, data)
    VALUES (
        NEW.updated_at, 'job.queued', NEW.id, nullif(NEW.mesh_id, '-'), NEW.created_by,
        json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
            'origin', NEW.origin));
END;
DROP TRIGGER jobs_changed;
CREATE TRIGGER jobs_changed AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status
    AND (NEW.run < 50000 OR (NEW.status <> 'active' AND NEW.status <> 'paused'))
BEGIN
    INSERT INTO job_history (job_id, sequence, at, event, reason, attempt, detail)
    VALUES (
        NEW.id,
        (SELECT coalesce(max(sequence), 1) + 1 FROM job_history WHERE job_id = NEW.id),
        NEW.updated_at, NEW.status, coalesce(NEW.pause_reason, NEW.end_reason), NEW.attempt,
        CASE WHEN NEW.status = 'paused' OR NEW.status = 'interrupted' OR NEW.status = 'failed' THEN
            coalesce(NEW.error, 'by job ' || NEW.preempted_by)
        END);
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
DROP TRIGGER jobs_changed_often;
CREATE TRIGGER jobs_changed_often AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status AND NEW.run >= 50000
    AND (NEW.status = 'active' OR NEW.status = 'paused')
BEGIN
    INSERT INTO events (at, kind, subject, mesh_id, data)
    VALUES (
        NEW.updated_at,
        CASE WHEN NEW.status = 'active' THEN
            CASE OLD.status WHEN 'queued' THEN 'job.started' ELSE 'job.resumed' END
        ELSE CASE NEW.pause_reason WHEN 'preempted' THEN 'job.preempted' ELSE 'job.paused' END END,
        NEW.id, nullif(NEW.mesh_id, '-'),
        json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
            'origin', NEW.origin, 'attempt', NEW.attempt, 'reason', NEW.pause_reason,
            'error', NEW.error, 'resume_after', NEW.resume_after,
            'preempted_by', NEW.preempted_by));
END;
