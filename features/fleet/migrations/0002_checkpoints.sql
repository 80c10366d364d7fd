-- How far the bot of each mesh has heard, so that its next life begins there.
CREATE TABLE checkpoints (
    mesh_id TEXT PRIMARY KEY,
    -- Where the token comes from; it means nothing anywhere else.
    transport TEXT NOT NULL,
    server TEXT NOT NULL,
    address TEXT NOT NULL,
    account TEXT NOT NULL,
    token TEXT NOT NULL,
    -- When the mesh was last known, epoch milliseconds.
    updated_at INTEGER NOT NULL
) STRICT;
