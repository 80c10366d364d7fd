-- name: all
-- Every checkpoint that is kept.
SELECT mesh_id, transport, server, address, account, owner, token FROM checkpoints;

-- name: keep
-- Keeps one in the place of an older one.
INSERT OR REPLACE INTO checkpoints
    (mesh_id, transport, server, address, account, owner, token, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: touch
-- Notes that a mesh is still known.
UPDATE checkpoints SET updated_at = :now WHERE mesh_id = :mesh_id;

-- name: forget
-- Forgets those of meshes that have not been known for long.
DELETE FROM checkpoints WHERE updated_at < :before RETURNING mesh_id;

-- name: drop
-- Forgets the one of a mesh.
DELETE FROM checkpoints WHERE mesh_id = :mesh_id;
