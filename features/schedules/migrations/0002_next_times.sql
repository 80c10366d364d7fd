-- When there is something to do with each schedule, so that nobody has to keep all of them in memory.
ALTER TABLE schedule_positions ADD COLUMN next_at INTEGER;
-- Its zone, as it was understood last, and its action; empty: it does not fire.
ALTER TABLE schedule_positions ADD COLUMN zone TEXT NOT NULL DEFAULT '';
ALTER TABLE schedule_positions ADD COLUMN action TEXT NOT NULL DEFAULT '';
-- `-`: it is about no mesh.
ALTER TABLE schedule_positions ADD COLUMN mesh TEXT NOT NULL DEFAULT '';
-- Why it does not run; NULL: it does.
ALTER TABLE schedule_positions ADD COLUMN problem TEXT;
-- Of its entry in the settings when it was looked at last; NULL: it has none.
ALTER TABLE schedule_positions ADD COLUMN digest TEXT;
-- Whether all of that has to be found out anew.
ALTER TABLE schedule_positions ADD COLUMN is_stale INTEGER NOT NULL DEFAULT 1
CHECK (is_stale = 0 OR is_stale = 1);

CREATE INDEX schedule_positions_due ON schedule_positions (next_at)
WHERE next_at IS NOT NULL AND is_stale = 0;
CREATE INDEX schedule_positions_stale ON schedule_positions (next_at) WHERE is_stale = 1;
CREATE INDEX schedule_positions_actions ON schedule_positions (action, mesh) WHERE action <> '';
CREATE INDEX schedule_positions_problems ON schedule_positions (name) WHERE problem IS NOT NULL;

-- With which rules times were computed: a sum of each zone's file.  The name of the zone of all that
-- name none is that of an empty one.
CREATE TABLE schedule_zones (
    zone TEXT PRIMARY KEY,
    rules TEXT NOT NULL
) STRICT, WITHOUT ROWID;
