-- name: shift
-- Moves the ends of holds with the clock.
UPDATE job_holds SET set_at = set_at + ?1, until = until + ?1;

-- name: all
-- What is on hold.
SELECT kind, name, set_at, until, by FROM job_holds ORDER BY kind, name;

-- name: set
-- Keeps a lane, a rate key or everything from beginning.
INSERT INTO job_holds (kind, name, set_at, until, by) VALUES (:kind, :name, :now, :until, :by)
ON CONFLICT (kind, name) DO UPDATE SET set_at = :now, until = :until, by = :by;

-- name: end
-- Ends a hold.
DELETE FROM job_holds WHERE kind = ? AND name = ?;

-- name: end_over
-- Ends holds whose time is over.
DELETE FROM job_holds WHERE until <= ? RETURNING kind, name;
