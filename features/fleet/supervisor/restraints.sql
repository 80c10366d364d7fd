-- name: all
-- All that are kept.
SELECT mesh_id, transport, server, address, account, kicks, away_until, sent FROM restraints;

-- name: keep
-- Keeps one in the place of an older one.
INSERT OR REPLACE INTO restraints
    (mesh_id, transport, server, address, account, kicks, away_until, sent, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: forget
-- Forgets those that hold no bot back any more.
DELETE FROM restraints WHERE updated_at < :before AND away_until < :before;
