-- name: find
-- One zone.
SELECT name, definition, revision, updated_at, updated_by FROM station_zones WHERE name = ?;

-- name: list
-- Zones by name.
SELECT name, definition, revision, updated_at, updated_by FROM station_zones
WHERE name > :after ORDER BY name LIMIT :limit;

-- name: all
-- The definitions of all zones.
SELECT definition FROM station_zones ORDER BY name;

-- name: count
-- How many zones there are.
SELECT count(*) FROM station_zones;

-- name: names
-- The names of all zones.
SELECT name FROM station_zones;

-- name: save
-- Keeps a zone as it is now.
INSERT INTO station_zones (name, definition, revision, updated_at, updated_by)
VALUES (:name, :definition, :revision, :now, :by)
ON CONFLICT (name) DO UPDATE SET
    definition = excluded.definition, revision = excluded.revision,
    updated_at = excluded.updated_at, updated_by = excluded.updated_by;

-- name: remove
-- Removes a zone.
DELETE FROM station_zones WHERE name = ?;

-- name: version
-- Which state of all zones there is.
SELECT version FROM station_versions WHERE name = 'zones';

-- name: raise_version
-- Notes that a zone has changed.
UPDATE station_versions SET version = version + 1 WHERE name = 'zones';

-- name: clear
-- Empties a zone.
DELETE FROM station_standings WHERE zone = ?;

-- name: count_users
-- How many users are in a zone.
SELECT count(*) FROM station_standings WHERE zone = ? AND state != 'entering';

-- name: users
-- Who is in a zone, comes or goes.
SELECT one.user_id, user.name, one.state, one.since, one.entered_at, user.position_at,
    user.latitude, user.longitude, user.accuracy_m, user.position_mesh, user.position_source
FROM station_standings AS one JOIN station_users AS user USING (user_id)
WHERE one.zone = :zone AND one.user_id > :after ORDER BY one.user_id LIMIT :limit;

-- name: standings
-- How a user stands to zones.
SELECT zone, state, since, entered_at, due_at FROM station_standings WHERE user_id = ?;

-- name: standing
-- How a user stands to a zone.
SELECT state, since, entered_at, due_at FROM station_standings
WHERE user_id = :user_id AND zone = :zone;

-- name: save_standing
-- Keeps how a user stands to a zone.
INSERT INTO station_standings (user_id, zone, state, since, entered_at, due_at)
VALUES (:user_id, :zone, :state, :since, :entered_at, :due_at)
ON CONFLICT (user_id, zone) DO UPDATE SET
    state = excluded.state, since = excluded.since, entered_at = excluded.entered_at,
    due_at = excluded.due_at;

-- name: remove_standing
-- Has a user out of a zone.
DELETE FROM station_standings WHERE user_id = :user_id AND zone = :zone;

-- name: due
-- Who comes or goes for as long as a zone asks for.
SELECT user_id, zone FROM station_standings
WHERE due_at IS NOT NULL AND due_at <= :now ORDER BY due_at LIMIT :most;

-- name: next_due
-- When the next one does.
SELECT min(due_at) FROM station_standings WHERE due_at IS NOT NULL;

-- name: place
-- Where a user is.
SELECT position_at, latitude, longitude, position_mesh FROM station_users
WHERE user_id = ? AND position_at IS NOT NULL;

-- name: called
-- What a user is called.
SELECT name FROM station_users WHERE user_id = ?;

-- name: placed
-- Users whose place is known, and since when.
SELECT user_id, position_at, latitude, longitude, position_mesh FROM station_users
WHERE position_at >= :since AND user_id > :after ORDER BY user_id LIMIT :most;
