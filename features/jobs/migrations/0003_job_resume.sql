-- What the next run of a job has to know beyond its items.  Few jobs have a row: those whose runner
-- has hung or died, that have met a rate limit without a pause, or that have kept a state.
CREATE TABLE job_resume (
    job_id INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    -- JSON that the action has kept at a checkpoint.
    state TEXT CHECK (state IS NULL OR json_valid(state)),
    -- Items up to this position are handed out one at a time: several were open when a runner hung
    -- or died, and nobody knows whose fault that was.
    one_by_one INTEGER,
    -- The item at which the last runner died while no other was open, and how often in a row.
    suspect INTEGER,
    deaths INTEGER NOT NULL DEFAULT 0,
    -- Rate limits in a row that asked for no pause, without an item done between them, and how many
    -- items were left at the last one.
    limits INTEGER NOT NULL DEFAULT 0,
    limited_at INTEGER
) STRICT;

-- Items that the action has added while it ran; the others were submitted with the job.
ALTER TABLE jobs ADD COLUMN added INTEGER NOT NULL DEFAULT 0;
