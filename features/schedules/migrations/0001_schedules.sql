-- Schedules (docs/schedules.md).

-- What was made or changed at run time.  Beside an entry of the settings: its changes only.
CREATE TABLE schedules (
    name TEXT PRIMARY KEY,
    -- JSON object of settings as in [[schedules]], without the name.
    definition TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each schedule is.
CREATE TABLE schedule_positions (
    name TEXT PRIMARY KEY,
    -- Epoch milliseconds: every planned time up to here has its fire.
    settled_until INTEGER NOT NULL,
    -- To which planned times that belongs; empty: it is disabled.
    timing TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Each planned time that has come, once.
CREATE TABLE schedule_fires (
    schedule TEXT NOT NULL,
    -- Epoch milliseconds.
    planned_at INTEGER NOT NULL,
    state TEXT NOT NULL
        CHECK (state = 'waiting' OR state = 'submitted' OR state = 'skipped' OR state = 'missed'),
    reason TEXT,
    -- NULL: by itself.
    started_by TEXT,
    at INTEGER NOT NULL,
    job_id INTEGER,
    -- How the job has ended; the job itself is forgotten before its fire is.
    outcome TEXT,
    ended_at INTEGER,
    attempt INTEGER,
    duration_ms INTEGER,
    error TEXT,
    PRIMARY KEY (schedule, planned_at),
    CHECK ((state = 'submitted') = (job_id IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_fires_open ON schedule_fires (schedule, planned_at)
WHERE state = 'waiting' OR (state = 'submitted' AND ended_at IS NULL);
CREATE INDEX schedule_fires_by_job ON schedule_fires (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX schedule_fires_by_time ON schedule_fires (planned_at);
