-- Jobs, their items and their history.  All times are milliseconds since 1970, UTC.
--
-- Constraints on hot rows compare with one value after the other and not with IN (...): for a list
-- of more than two SQLite makes a temporary table in each statement, a third of the work of a job.

-- What may follow what; the same table as in features/jobs/model/job.py, which a test compares.
CREATE TABLE job_transitions (
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    PRIMARY KEY (before, after)
) STRICT, WITHOUT ROWID;
INSERT INTO job_transitions VALUES
    ('queued', 'active'), ('queued', 'paused'), ('queued', 'cancelled'),
    ('active', 'paused'), ('active', 'interrupted'), ('active', 'completed'),
    ('active', 'failed'), ('active', 'cancelled'),
    ('paused', 'active'), ('paused', 'cancelled'),
    ('interrupted', 'active'), ('interrupted', 'paused'), ('interrupted', 'cancelled'),
    ('completed', 'queued'), ('failed', 'queued'), ('cancelled', 'queued');

CREATE TABLE jobs (
    -- The number that people type; never used again, not even after a cleanup.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    action TEXT NOT NULL,
    mesh_id TEXT NOT NULL,
    priority INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 5),
    lane TEXT NOT NULL,
    data TEXT NOT NULL CHECK (json_valid(data)),
    -- Jobs with the same one wait together when one of them meets a rate limit.
    rate_key TEXT NOT NULL,

    -- A user's id, or the account on this machine.
    created_by TEXT NOT NULL,
    created_name TEXT NOT NULL,
    -- Where it comes from: somebody in a chat hears how it goes, others look.
    origin TEXT NOT NULL CHECK (
        origin = 'chat' OR origin = 'command line' OR origin = 'job' OR origin = 'schedule'
        OR origin = 'workflow'),
    -- The chat message that asked for it.
    asked_in TEXT,
    idempotency_key TEXT,

    status TEXT NOT NULL CHECK (
        status = 'queued' OR status = 'active' OR status = 'paused' OR status = 'interrupted'
        OR status = 'completed' OR status = 'failed' OR status = 'cancelled'),
    pause_reason TEXT CHECK (
        pause_reason = 'preempted' OR pause_reason = 'rate_limited' OR pause_reason = 'operator'
        OR pause_reason = 'retry' OR pause_reason = 'restart' OR pause_reason = 'resumed'),
    -- Whether it waits for nothing but its turn.
    ready INTEGER NOT NULL CHECK (ready IN (0, 1)),
    -- Since when it does, and how urgent waiting had made it when its turn came.
    ready_since INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    -- When something happens by itself: it becomes ready.
    resume_after INTEGER,
    preempted_by INTEGER,
    -- What somebody wants of an active job; it happens at its next item, or after a crash.
    wanted TEXT CHECK (wanted IN ('pause', 'cancel')),
    -- Tries so far, this one included; and runs, of which a try may have several.  A runner says
    -- with everything which run it speaks of: what is said of an earlier one changes nothing.
    attempt INTEGER NOT NULL,
    -- Whether the next run begins a new try.
    next_try INTEGER NOT NULL CHECK (next_try IN (0, 1)),
    run INTEGER NOT NULL,
    error TEXT,
    -- What its creator has not been told yet: how it ended, or a question.
    untold TEXT CHECK (untold IN ('outcome', 'question')),

    -- Counters of its items, so that nobody has to count them.
    pending INTEGER NOT NULL CHECK (pending >= 0),
    done INTEGER NOT NULL CHECK (done >= 0),
    failed INTEGER NOT NULL CHECK (failed >= 0),
    existing INTEGER NOT NULL CHECK (existing >= 0),

    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    -- Lines of its own in its history, which keeps only so many.
    log_lines INTEGER NOT NULL DEFAULT 0,

    CHECK ((status = 'paused') = (pause_reason IS NOT NULL)),
    CHECK (ready = 0 OR status = 'queued' OR status = 'paused' OR status = 'interrupted'),
    CHECK ((status = 'completed' OR status = 'failed' OR status = 'cancelled')
        = (finished_at IS NOT NULL))
) STRICT;

-- Whose turn is next: the first of each rate key and priority, whatever else waits.
CREATE INDEX jobs_ready ON jobs (lane, rate_key, priority, id) WHERE ready = 1;
-- Those that run or will not run by themselves at once: few.
CREATE INDEX jobs_held ON jobs (status, lane, id) WHERE ready = 0 AND finished_at IS NULL;
CREATE INDEX jobs_due ON jobs (resume_after) WHERE resume_after IS NOT NULL;
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_untold ON jobs (mesh_id, id) WHERE untold IS NOT NULL;
CREATE UNIQUE INDEX jobs_by_key ON jobs (idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TRIGGER jobs_transition BEFORE UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status AND NOT EXISTS (
    SELECT 1 FROM job_transitions WHERE before = OLD.status AND after = NEW.status)
BEGIN SELECT RAISE(ABORT, 'a job may not become this'); END;

-- What happened to each job, in its order.  Written here, so that nothing can happen without it.
CREATE TABLE job_history (
    job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- A status, or `log` for what the action has said.
    event TEXT NOT NULL,
    -- Why, where the status alone does not tell; the level of a `log`.
    reason TEXT,
    attempt INTEGER NOT NULL,
    detail TEXT,
    PRIMARY KEY (job_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER jobs_created AFTER INSERT ON jobs
BEGIN
    INSERT INTO job_history (job_id, sequence, at, event, reason, attempt, detail)
    VALUES (NEW.id, 1, NEW.updated_at, NEW.status, NULL, NEW.attempt, NULL);
END;
-- A job that runs and pauses for ever does not fill the disk with that: after so many runs only
-- what ends it is of interest.
CREATE TRIGGER jobs_changed AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status
    AND (NEW.run < 50000 OR (NEW.status <> 'active' AND NEW.status <> 'paused'))
BEGIN
    INSERT INTO job_history (job_id, sequence, at, event, reason, attempt, detail)
    VALUES (
        NEW.id,
        (SELECT max(sequence) + 1 FROM job_history WHERE job_id = NEW.id),
        NEW.updated_at, NEW.status, NEW.pause_reason, NEW.attempt,
        CASE WHEN NEW.status IN ('paused', 'interrupted', 'failed') THEN
            coalesce(NEW.error, 'by job ' || NEW.preempted_by)
        END);
END;

CREATE TABLE job_items (
    job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    -- Its place in the job, from 0.
    position INTEGER NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state = 'pending' OR state = 'done' OR state = 'failed' OR state = 'existing'),
    -- JSON.
    result TEXT,
    error TEXT,
    -- In which try of the job it got its state; 0: in none yet.
    attempt INTEGER NOT NULL,
    updated_at INTEGER,
    PRIMARY KEY (job_id, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX job_items_by_key ON job_items (job_id, key);
-- Which item is next, however many are done.
CREATE INDEX job_items_pending ON job_items (job_id, position) WHERE state = 'pending';

-- Services that have asked for a pause, by rate key.
CREATE TABLE rate_limits (
    key TEXT PRIMARY KEY,
    set_at INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the plug-ins declared when they were last loaded, and the meshes that were seen: whoever
-- submits a job while no supervisor runs is checked against these.
CREATE TABLE job_actions (
    name TEXT PRIMARY KEY,
    -- JSON of features.jobs.model.action.ActionSpec.
    spec TEXT NOT NULL CHECK (json_valid(spec))
) STRICT, WITHOUT ROWID;
CREATE TABLE job_meshes (
    mesh_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
