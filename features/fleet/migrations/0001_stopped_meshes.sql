-- Meshes that an operator has stopped and nobody has started since, whether or not they are listed.
CREATE TABLE stopped_meshes (
    mesh_id TEXT PRIMARY KEY,
    -- Epoch milliseconds; for people who look.
    stopped_at INTEGER NOT NULL
) STRICT;
