-- Schedules that run after others have succeeded: which of them have since the last run.
CREATE TABLE schedule_dependencies (
    -- The schedule that is waited for.
    earlier TEXT NOT NULL,
    schedule TEXT NOT NULL,
    -- When it has succeeded; NULL: not yet.
    succeeded_at INTEGER,
    PRIMARY KEY (earlier, schedule)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_dependencies_by_schedule ON schedule_dependencies (schedule);

-- What its latest planned times have come to, if that was not well: `failed` or `missed`; and since
-- when.
ALTER TABLE schedule_positions ADD COLUMN trouble TEXT
CHECK (trouble = 'failed' OR trouble = 'missed');
ALTER TABLE schedule_positions ADD COLUMN trouble_since INTEGER;

-- What its action has raised.
ALTER TABLE schedule_fires ADD COLUMN traceback TEXT;
