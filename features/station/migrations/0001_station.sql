-- The station (docs/station.md): alerts, zones, users and groups.  Times are epoch milliseconds.

CREATE TABLE station_alerts (
    -- No number is used twice: people, events and workflows name alerts by it.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state = 'open' OR state = 'acknowledged' OR state = 'resolved'),
    -- 0 info, 1 warning, 2 critical, 3 emergency.
    severity INTEGER NOT NULL,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    source TEXT NOT NULL,
    dedup_key TEXT,
    -- Of the request that has made it: the same one again makes no second alert.
    idempotency_key TEXT,
    user_id TEXT,
    zone TEXT,
    mesh_id TEXT,
    -- How often it was raised.
    count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    -- When it was raised last, acknowledged or resolved.
    updated_at INTEGER NOT NULL,
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    -- NULL: it is not resolved.
    resolved_at INTEGER,
    resolved_by TEXT
) STRICT;
-- Of a key one alert at most is not resolved.
CREATE UNIQUE INDEX station_alerts_open_key ON station_alerts (dedup_key)
WHERE dedup_key IS NOT NULL AND state != 'resolved';
CREATE UNIQUE INDEX station_alerts_request ON station_alerts (idempotency_key)
WHERE idempotency_key IS NOT NULL;
CREATE INDEX station_alerts_state ON station_alerts (state, severity);
CREATE INDEX station_alerts_resolved ON station_alerts (resolved_at)
WHERE resolved_at IS NOT NULL;

CREATE TABLE station_alert_notes (
    id INTEGER PRIMARY KEY,
    alert_id INTEGER NOT NULL REFERENCES station_alerts (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX station_alert_notes_of ON station_alert_notes (alert_id, id);

CREATE TABLE station_zones (
    name TEXT PRIMARY KEY,
    -- JSON object: a circle or a polygon, and what holds for it.
    definition TEXT NOT NULL,
    revision INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Raised with each change of a zone: whoever keeps prepared zones looks at it.
CREATE TABLE station_versions (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO station_versions VALUES ('zones', 0);

CREATE TABLE station_users (
    -- As the event log spells users: realm/id, the id alone in the platform's realm.
    user_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    first_seen_at INTEGER,
    last_seen_at INTEGER,
    -- Where that was.
    mesh_id TEXT,
    is_online INTEGER NOT NULL,
    registered_at INTEGER,
    registered_by TEXT,
    latitude REAL,
    longitude REAL,
    accuracy_m REAL,
    position_at INTEGER,
    position_mesh TEXT,
    position_source TEXT,
    -- Positions taken so far; now and then the oldest are removed.
    positions INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX station_users_online ON station_users (last_seen_at) WHERE is_online = 1;
CREATE INDEX station_users_seen ON station_users (last_seen_at);

-- In which meshes users were seen, and when last.
CREATE TABLE station_sightings (
    user_id TEXT NOT NULL,
    mesh_id TEXT NOT NULL,
    last_seen_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, mesh_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE station_positions (
    user_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    latitude REAL NOT NULL,
    longitude REAL NOT NULL,
    accuracy_m REAL,
    mesh_id TEXT,
    source TEXT NOT NULL,
    PRIMARY KEY (user_id, at)
) STRICT, WITHOUT ROWID;

-- Who is in which zone; who is in none has no row.
CREATE TABLE station_standings (
    user_id TEXT NOT NULL,
    zone TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state = 'entering' OR state = 'inside' OR state = 'leaving'),
    -- When that has begun.
    since INTEGER NOT NULL,
    -- When the user has come in; NULL: entering.
    entered_at INTEGER,
    -- When it becomes something else if nothing is heard; NULL: it does not.
    due_at INTEGER,
    PRIMARY KEY (user_id, zone)
) STRICT, WITHOUT ROWID;
CREATE INDEX station_standings_in ON station_standings (zone, user_id);
CREATE INDEX station_standings_due ON station_standings (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE station_groups (
    name TEXT PRIMARY KEY,
    description TEXT NOT NULL,
    revision INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE station_memberships (
    user_id TEXT NOT NULL,
    group_name TEXT NOT NULL,
    PRIMARY KEY (user_id, group_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX station_memberships_in ON station_memberships (group_name, user_id);
