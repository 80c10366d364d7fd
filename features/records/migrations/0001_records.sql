-- Records: JSON documents by key (docs/processes.md).
CREATE TABLE records (
    key TEXT PRIMARY KEY,
    -- A JSON object.
    document TEXT NOT NULL,
    -- Epoch milliseconds, all three.
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- The day on which it was last written or asked for.
    used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX records_by_use ON records (used_at);
