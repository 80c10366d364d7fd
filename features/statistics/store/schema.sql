-- Tables of var/statistics.db.  Those of months are made when they are needed (partitions.py):
-- usage_2026_11 (hour, id, mesh, person, kind, name, count, synthetic).

-- Numbers in place of texts: a person's name stands in one row only.  0 is no person, no name, and
-- in statistics all meshes together.
CREATE TABLE IF NOT EXISTS meshes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS people (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

-- next_id: of events, in all partitions; zone: in which days are meant; new_from: the first day
-- whose new users have to be counted again.
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT OR IGNORE INTO facts VALUES ('next_id', 1);

-- Hours with events that no statistics have yet, and the last of these.
CREATE TABLE IF NOT EXISTS changed (hour INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;

-- Statistics of days.
CREATE TABLE IF NOT EXISTS daily_counts (
    day TEXT NOT NULL, mesh INTEGER NOT NULL, hour INTEGER NOT NULL, kind INTEGER NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (day, mesh, hour, kind)
) STRICT, WITHOUT ROWID;
-- The same without hours, in the order of a chart and of a top list.
CREATE TABLE IF NOT EXISTS daily_totals (
    mesh INTEGER NOT NULL, kind INTEGER NOT NULL, day TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (mesh, kind, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS daily_names (
    day TEXT NOT NULL, mesh INTEGER NOT NULL, kind INTEGER NOT NULL, name INTEGER NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (day, mesh, kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS daily_people (
    mesh INTEGER NOT NULL, person INTEGER NOT NULL, day TEXT NOT NULL, kind INTEGER NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (mesh, person, day, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS daily_people_day ON daily_people (day);
CREATE TABLE IF NOT EXISTS daily_users (
    day TEXT NOT NULL, mesh INTEGER NOT NULL, active INTEGER NOT NULL, new INTEGER NOT NULL,
    PRIMARY KEY (day, mesh)
) STRICT, WITHOUT ROWID;

-- Up to which day an aggregation of given days has come that was not finished.
CREATE TABLE IF NOT EXISTS bookmarks (what TEXT PRIMARY KEY, day TEXT NOT NULL) WITHOUT ROWID;

-- Months that were copied to another store, or are being copied (migration/).
CREATE TABLE IF NOT EXISTS migrations (
    what TEXT PRIMARY KEY, direction TEXT NOT NULL, month TEXT NOT NULL, kinds TEXT NOT NULL,
    state TEXT NOT NULL, hour INTEGER NOT NULL, id INTEGER NOT NULL, moved INTEGER NOT NULL,
    hash TEXT NOT NULL, updated_at INTEGER NOT NULL
) WITHOUT ROWID;
