-- name: newest
-- What went wrong since a moment, newest first.
SELECT at, job_id, action, mesh_id, event, attempt, error FROM job_errors
WHERE at >= :since AND (:action IS NULL OR action = :action)
ORDER BY at DESC, job_id DESC LIMIT :limit;

-- name: forget
-- Forgets what went wrong before a moment.
DELETE FROM job_errors WHERE at < ?;
