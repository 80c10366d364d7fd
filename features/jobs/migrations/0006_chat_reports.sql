-- What is said of jobs in chats is no matter of jobs any more: a subscriber of their events says it,
-- and has tables of its own.

-- The chat message that has asked for a job.
CREATE TABLE job_chats (
    job_id INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    asked_in TEXT NOT NULL
) STRICT;
INSERT INTO job_chats (job_id, asked_in)
SELECT id, asked_in FROM jobs WHERE asked_in IS NOT NULL;

-- What is to be said as soon as the bot is in the room: how a job has ended, or a question.
CREATE TABLE job_reports (
    job_id INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    mesh_id TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what = 'outcome' OR what = 'question'),
    -- When that happened; what happens later makes it obsolete.
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX job_reports_by_mesh ON job_reports (mesh_id, job_id);
INSERT INTO job_reports (job_id, mesh_id, what, at)
SELECT id, mesh_id, untold, coalesce(finished_at, updated_at) FROM jobs
WHERE untold IS NOT NULL AND run >= 0;

-- Whatever has happened so far is in these rows, or was said.
INSERT INTO event_cursors (name, seq, updated_at)
SELECT 'jobs.chat', coalesce((SELECT max(seq) FROM events), 0), 0
WHERE EXISTS (SELECT 1 FROM jobs);

DROP INDEX jobs_untold;
ALTER TABLE jobs DROP COLUMN untold;
ALTER TABLE jobs DROP COLUMN asked_in;
