-- How far the jobs that have ended are counted in job_durations: up to this end, and among those of
-- the same millisecond up to this id; no row: none is.
CREATE TABLE job_counted (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at INTEGER NOT NULL,
    id INTEGER NOT NULL
) STRICT;
