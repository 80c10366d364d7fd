-- What people and timers decide about jobs: deadlines, ends by hand, targets, holds; and what is
-- kept of jobs that are gone.

-- On whose behalf, or to what, it is done: an alliance, a group; NULL: nothing in particular.
ALTER TABLE jobs ADD COLUMN target TEXT;
-- JSON: what was submitted in place of the action's own values (retries, retry_delay,
-- rate_limit_delay, deadline, wait_timeout; seconds).
ALTER TABLE jobs ADD COLUMN options TEXT CHECK (options IS NULL OR json_valid(options));
-- By when it has to have ended.
ALTER TABLE jobs ADD COLUMN deadline INTEGER;
-- Milliseconds that it may wait at a stretch.
ALTER TABLE jobs ADD COLUMN wait_timeout INTEGER;
-- When it fails by itself: the deadline, or the end of its present wait if that comes first.
ALTER TABLE jobs ADD COLUMN expires_at INTEGER;
-- What becomes of an active job that is to end; NULL: as `wanted` says.
ALTER TABLE jobs ADD COLUMN ends_as TEXT CHECK (
    ends_as = 'failed' OR ends_as = 'completed' OR ends_as = 'deleted');
-- Why it has ended, or is about to, where that is not its action's doing.
ALTER TABLE jobs ADD COLUMN end_reason TEXT CHECK (
    end_reason = 'timeout' OR end_reason = 'operator');
-- Since when it runs without getting anywhere; NULL: nobody has noticed that.
ALTER TABLE jobs ADD COLUMN stuck_since INTEGER;

CREATE INDEX jobs_expiring ON jobs (expires_at) WHERE expires_at IS NOT NULL;

INSERT INTO job_transitions VALUES
    ('queued', 'failed'), ('queued', 'completed'),
    ('paused', 'failed'), ('paused', 'completed'),
    ('interrupted', 'failed'), ('interrupted', 'completed'),
    ('completed', 'failed'), ('failed', 'completed'), ('cancelled', 'completed');

DROP TRIGGER jobs_changed;
CREATE TRIGGER jobs_changed AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status
    AND (NEW.run < 50000 OR (NEW.status <> 'active' AND NEW.status <> 'paused'))
BEGIN
    INSERT INTO job_history (job_id, sequence, at, event, reason, attempt, detail)
    VALUES (
        NEW.id,
        (SELECT max(sequence) + 1 FROM job_history WHERE job_id = NEW.id),
        NEW.updated_at, NEW.status, coalesce(NEW.pause_reason, NEW.end_reason), NEW.attempt,
        CASE WHEN NEW.status IN ('paused', 'interrupted', 'failed') THEN
            coalesce(NEW.error, 'by job ' || NEW.preempted_by)
        END);
END;

-- What went wrong with jobs; outlives them.
CREATE TABLE job_errors (
    at INTEGER NOT NULL,
    job_id INTEGER NOT NULL,
    action TEXT NOT NULL,
    mesh_id TEXT NOT NULL,
    -- `failed`, `interrupted`, or `retry` for an attempt that is followed by another one.
    event TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (at, job_id, event, attempt)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER jobs_error AFTER UPDATE OF status ON jobs
WHEN NEW.error IS NOT NULL AND OLD.status <> NEW.status
    AND (NEW.status = 'failed' OR NEW.status = 'interrupted' OR NEW.pause_reason = 'retry')
BEGIN
    INSERT OR IGNORE INTO job_errors (at, job_id, action, mesh_id, event, attempt, error)
    VALUES (
        NEW.updated_at, NEW.id, NEW.action, NEW.mesh_id, coalesce(NEW.pause_reason, NEW.status),
        NEW.attempt, NEW.error);
END;

-- What an operator keeps from beginning: one lane, one rate key, or everything (an empty name).
CREATE TABLE job_holds (
    kind TEXT NOT NULL CHECK (kind = 'all' OR kind = 'lane' OR kind = 'rate_key'),
    name TEXT NOT NULL,
    set_at INTEGER NOT NULL,
    -- When it ends by itself; NULL: when somebody ends it.
    until INTEGER,
    by TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- How long jobs took and waited, by action and hour, as counts of durations of about the same
-- length; outlives the jobs.
CREATE TABLE job_durations (
    -- Its beginning.
    hour INTEGER NOT NULL,
    action TEXT NOT NULL,
    -- `wait` (from submission to the first start), or the status with which a job has ended.
    measure TEXT NOT NULL,
    -- See features/jobs/supervisor/ledger/durations.py; -1: it never ran.
    bucket INTEGER NOT NULL,
    jobs INTEGER NOT NULL,
    -- Milliseconds.
    total INTEGER NOT NULL,
    longest INTEGER NOT NULL,
    items INTEGER NOT NULL,
    failed_items INTEGER NOT NULL,
    PRIMARY KEY (hour, action, measure, bucket)
) STRICT, WITHOUT ROWID;
