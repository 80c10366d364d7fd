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
-- With all that a top list of some days reads, so that it does not look into the table.
CREATE INDEX IF NOT EXISTS daily_people_by_day ON daily_people (day, mesh, kind, person, count);
-- The same by month, in the order of a top list: a year of 20,000 users a day is a million rows of
-- a kind, where days are seven.  Code that writes or removes days has these follow (no line break
-- within a trigger: database.py takes one behind a semicolon for the end of a statement).
CREATE TABLE IF NOT EXISTS monthly_people (
    mesh INTEGER NOT NULL, kind INTEGER NOT NULL, person INTEGER NOT NULL, month TEXT NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (mesh, kind, person, month)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS day_added AFTER INSERT ON daily_people BEGIN
    INSERT INTO monthly_people
    VALUES (new.mesh, new.kind, new.person, substr(new.day, 1, 7), new.count)
    ON CONFLICT DO UPDATE SET count = count + excluded.count; END;
CREATE TRIGGER IF NOT EXISTS day_removed AFTER DELETE ON daily_people BEGIN
    DELETE FROM monthly_people WHERE mesh = old.mesh AND kind = old.kind
    AND person = old.person AND month = substr(old.day, 1, 7) AND count <= old.count; UPDATE
    monthly_people SET count = count - old.count WHERE mesh = old.mesh AND kind = old.kind
    AND person = old.person AND month = substr(old.day, 1, 7); END;
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
