-- That a job is stuck no more is told, as its being stuck is.
CREATE TRIGGER jobs_unstuck AFTER UPDATE OF stuck_since ON jobs
WHEN OLD.stuck_since IS NOT NULL AND NEW.stuck_since IS NULL
BEGIN
    INSERT INTO events (at, kind, subject, mesh_id, data)
    VALUES (
        NEW.updated_at, 'job.unstuck', NEW.id, NEW.mesh_id,
        json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
            'origin', NEW.origin, 'attempt', NEW.attempt));
END;
