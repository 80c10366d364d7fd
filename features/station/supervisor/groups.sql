-- name: find
-- One group.
SELECT name, description, revision, updated_at, updated_by FROM station_groups WHERE name = ?;

-- name: list
-- Groups by name.
SELECT name, description, revision, updated_at, updated_by FROM station_groups
WHERE name > :after ORDER BY name LIMIT :limit;

-- name: names
-- The names of all groups.
SELECT name FROM station_groups;

-- name: save
-- Keeps a group as it is now.
INSERT INTO station_groups (name, description, revision, updated_at, updated_by)
VALUES (:name, :description, :revision, :now, :by)
ON CONFLICT (name) DO UPDATE SET
    description = excluded.description, revision = excluded.revision,
    updated_at = excluded.updated_at, updated_by = excluded.updated_by;

-- name: remove
-- Removes a group.
DELETE FROM station_groups WHERE name = ?;

-- name: members
-- Who is in a group.
SELECT user_id FROM station_memberships WHERE group_name = ? ORDER BY user_id;

-- name: count_members
-- How many are in a group.
SELECT count(*) FROM station_memberships WHERE group_name = ?;
