-- The event log (docs/events.md): what has happened that somebody else may care about.

CREATE TABLE events (
    -- Its place in the log.  The newest event is never removed, so that no number is used twice; a
    -- table of used numbers (AUTOINCREMENT) would be written with each event.
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT,
    mesh_id TEXT,
    actor TEXT,
    -- JSON object; `v` is its version.  Not checked: all of it is made by json.dumps or json_object.
    data TEXT NOT NULL,
    correlation_id TEXT,
    causation_id INTEGER,
    depth INTEGER NOT NULL DEFAULT 0
) STRICT;

-- How far each subscriber is.
CREATE TABLE event_cursors (
    name TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
