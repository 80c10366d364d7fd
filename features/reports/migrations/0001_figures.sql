-- What happened on each day, counted from the event log (docs/processes.md).
CREATE TABLE report_figures (
    -- ISO date, in the zone of [scheduling].
    day TEXT NOT NULL,
    -- Such as 'commands'.
    figure TEXT NOT NULL,
    -- Empty: in none.
    mesh_id TEXT NOT NULL,
    -- Of what: the command, the action, the state; empty: nothing in particular.
    name TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (day, figure, mesh_id, name)
) STRICT, WITHOUT ROWID;

-- Who did something on a day, where that is counted.
CREATE TABLE report_users (
    day TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (day, user_id)
) STRICT, WITHOUT ROWID;

-- The state that each mesh is in, which is counted when it ends.
CREATE TABLE report_states (
    mesh_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    -- Epoch milliseconds.
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When something was last seen to happen: behind it, a supervisor may not have run.
CREATE TABLE report_seen (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at INTEGER NOT NULL,
    first_day TEXT NOT NULL
) STRICT;
