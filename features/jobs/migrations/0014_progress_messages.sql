-- The message in which a bot has said how far a job is, where messages can be changed: progress goes
-- on in it, whatever is killed meanwhile.  Only of jobs that go on.
CREATE TABLE job_progress_messages (
    job_id INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    sent_id TEXT NOT NULL,
    -- Where it was said, as the transport calls it; empty: in the mesh's own room.
    place TEXT NOT NULL
) STRICT;
