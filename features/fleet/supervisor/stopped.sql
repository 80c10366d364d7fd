-- name: stopped
-- Every mesh that an operator has stopped.
SELECT mesh_id FROM stopped_meshes ORDER BY mesh_id;

-- name: keep
-- Remembers a mesh; one that is remembered stays as it is.
INSERT INTO stopped_meshes (mesh_id, stopped_at) VALUES (:mesh_id, :stopped_at)
ON CONFLICT DO NOTHING;

-- name: forget
-- Forgets one that was started again.
DELETE FROM stopped_meshes WHERE mesh_id = :mesh_id;
