-- name: append
-- Appends an event.
INSERT INTO events (
    at, kind, subject, mesh_id, actor, data, correlation_id, causation_id, depth)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: append_first
-- Appends an event that follows from none.
INSERT INTO events (at, kind, subject, mesh_id, actor, data) VALUES (?, ?, ?, ?, ?, ?);

-- name: last
-- The number of the newest event.
SELECT coalesce(max(seq), 0) FROM events;

-- name: kinds_behind
-- The kinds of the events behind one place and up to another.
SELECT DISTINCT kind FROM events WHERE seq > ? AND seq <= ?;

-- name: after
-- Events that match, oldest first.  A field is looked up where its value may be, for the look costs ten
-- times as much.
SELECT * FROM events
WHERE seq > :after AND seq <= :until
    AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds))
        OR (:globs IS NOT NULL AND EXISTS (
            SELECT 1 FROM json_each(:globs) WHERE events.kind GLOB value)))
    AND (:mesh_id IS NULL OR mesh_id = :mesh_id)
    AND (:subject IS NULL OR subject = :subject)
    AND (:field IS NULL OR (instr(data, :hint) AND json_valid(data) AND data ->> :field = :value))
ORDER BY seq LIMIT :limit;

-- name: newest
-- Events that match, newest first.
SELECT * FROM events
WHERE seq > :after AND seq <= :until
    AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds))
        OR (:globs IS NOT NULL AND EXISTS (
            SELECT 1 FROM json_each(:globs) WHERE events.kind GLOB value)))
    AND (:mesh_id IS NULL OR mesh_id = :mesh_id)
    AND (:subject IS NULL OR subject = :subject)
    AND (:field IS NULL OR (instr(data, :hint) AND json_valid(data) AND data ->> :field = :value))
ORDER BY seq DESC LIMIT :limit;

-- name: name_actor
-- Says who has brought about the events of a subject that were appended since a moment, in the
-- transaction that has appended them.
UPDATE events SET actor = :actor WHERE seq > :after AND subject = :subject AND kind GLOB :family;

-- name: cursor
-- How far a subscriber is.
SELECT seq FROM event_cursors WHERE name = ?;

-- name: cursors
-- How far all of them are.
SELECT name, seq, updated_at FROM event_cursors ORDER BY name;

-- name: save_cursor
-- Notes how far a subscriber is; it never goes back.
INSERT INTO event_cursors (name, seq, updated_at) VALUES (:name, :seq, :now)
ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, updated_at = excluded.updated_at
WHERE seq < excluded.seq;

-- name: move_cursor
-- Puts a subscriber at a place, also back.
UPDATE event_cursors SET seq = :seq, updated_at = :now WHERE name = :name;

-- name: next_event
-- The first event behind a place, and when it happened.
SELECT seq, at FROM events WHERE seq > ? ORDER BY seq LIMIT 1;

-- name: outdated
-- Events of some kinds up to a place, oldest first.
SELECT seq FROM events
WHERE seq > :after AND seq <= :until AND kind IN (SELECT value FROM json_each(:kinds))
ORDER BY seq LIMIT :most;

-- name: remove
-- Removes events: an array of their numbers.
DELETE FROM events WHERE seq IN (SELECT value FROM json_each(?));

-- name: kinds_kept
-- The kinds that are in the log up to a place.
SELECT DISTINCT kind FROM events WHERE seq <= ?;

-- name: last_used
-- The greatest number that any reader has seen of an event.
SELECT max(coalesce((SELECT max(seq) FROM events), 0),
    coalesce((SELECT max(seq) FROM event_cursors), 0));

-- name: append_as
-- Appends an event under a number of its own.
INSERT INTO events (seq, at, kind, data) VALUES (?, ?, ?, ?);

-- name: at_or_behind
-- The first event that there is from a number on.
SELECT seq, at FROM events WHERE seq >= ? ORDER BY seq LIMIT 1;
