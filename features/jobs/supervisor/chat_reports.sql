-- name: remember
-- Keeps the chat message that has asked for a job.
INSERT OR IGNORE INTO job_chats (job_id, asked_in) VALUES (?, ?);

-- name: take_in
-- Keeps what is to be said of a job in its room, in the place of what was to be said before.
INSERT INTO job_reports (job_id, mesh_id, what, at)
SELECT id, mesh_id, :what, :at FROM jobs WHERE id = :id AND run >= 0
ON CONFLICT (job_id) DO UPDATE SET what = excluded.what, at = excluded.at;

-- name: pending
-- What is to be said in a room, unless something has happened since that makes it obsolete.
SELECT job_reports.what, job_reports.at, job_chats.asked_in, jobs.*
FROM job_reports
CROSS JOIN jobs ON jobs.id = job_reports.job_id
LEFT JOIN job_chats ON job_chats.job_id = job_reports.job_id
WHERE job_reports.mesh_id = ? AND jobs.run >= 0
    AND (job_reports.what = 'outcome' AND jobs.finished_at = job_reports.at
        OR job_reports.what = 'question' AND jobs.status = 'interrupted' AND jobs.ready = 0)
ORDER BY job_reports.job_id LIMIT ?;

-- name: meshes
-- Where something is to be said, obsolete or not.
SELECT DISTINCT mesh_id FROM job_reports;

-- name: is_any
-- Whether something is to be said in a room, obsolete or not.
SELECT EXISTS (SELECT 1 FROM job_reports WHERE mesh_id = ?);

-- name: said
-- Notes that it was said.
DELETE FROM job_reports WHERE job_id = ? AND what = ? AND at = ?;

-- name: progress_said
-- Keeps the message in which the progress of a job is said, in the place of one before.
INSERT OR REPLACE INTO job_progress_messages (job_id, sent_id, place)
SELECT id, :sent_id, :place FROM jobs
WHERE id = :job_id AND mesh_id = :mesh_id AND finished_at IS NULL;

-- name: progress_ends
-- Forgets it.
DELETE FROM job_progress_messages WHERE job_id = ?;

-- name: progress_messages
-- All of them, with the mesh of the job.
SELECT jobs.mesh_id, jobs.id, job_progress_messages.sent_id, job_progress_messages.place
FROM job_progress_messages CROSS JOIN jobs ON jobs.id = job_progress_messages.job_id;

-- name: questions
-- Jobs about which a question is to be asked: kept, or not even taken in yet.
SELECT job_id FROM job_reports WHERE what = 'question'
UNION SELECT CAST(subject AS INTEGER) FROM events
WHERE seq > coalesce((SELECT seq FROM event_cursors WHERE name = ?), 0) AND kind = 'job.interrupted';

-- name: begin_at_the_end
-- Says nothing about what happened before the database was damaged, where it is unknown what was said.
INSERT OR IGNORE INTO event_cursors (name, seq, updated_at)
SELECT ?, coalesce(max(seq), 0), ? FROM events;
