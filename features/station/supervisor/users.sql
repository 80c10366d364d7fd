-- name: find
-- One user.
SELECT * FROM station_users WHERE user_id = ?;

-- name: list
-- Users that match, by id.
SELECT * FROM station_users AS one
WHERE user_id > :after
    AND (:online IS NULL OR is_online = :online)
    AND (:has_position IS NULL OR (position_at IS NOT NULL) = :has_position)
    AND (:registered IS NULL OR (registered_at IS NOT NULL) = :registered)
    AND (:group IS NULL OR EXISTS (
        SELECT 1 FROM station_memberships WHERE user_id = one.user_id AND group_name = :group))
    AND (:zone IS NULL OR EXISTS (
        SELECT 1 FROM station_standings
        WHERE user_id = one.user_id AND zone = :zone AND state != 'entering'))
    AND (:mesh_id IS NULL OR EXISTS (
        SELECT 1 FROM station_sightings WHERE user_id = one.user_id AND mesh_id = :mesh_id))
    AND (:text = '' OR instr(lower(name), :text) OR instr(lower(user_id), :text))
ORDER BY user_id LIMIT :limit;

-- name: count
-- How many users there are, are online, and are registered.
SELECT count(*), coalesce(sum(is_online), 0), count(registered_at) FROM station_users;

-- name: state
-- What decides whether it is news that a user does something.
SELECT is_online, registered_at, position_at, positions
FROM station_users WHERE user_id = ?;

-- name: told
-- What the events of a user say.
SELECT name, last_seen_at, mesh_id FROM station_users WHERE user_id = ?;

-- name: add
-- Adds a user of whom nothing is known.
INSERT INTO station_users (user_id, name, note, is_online) VALUES (:user_id, :name, '', 0)
ON CONFLICT (user_id) DO NOTHING;

-- name: see
-- Notes that a user did something.
UPDATE station_users SET
    online_since = CASE WHEN NOT :online THEN NULL WHEN is_online THEN online_since ELSE :at END,
    is_online = :online,
    name = CASE WHEN :name = '' THEN name ELSE :name END,
    first_seen_at = coalesce(first_seen_at, :at),
    mesh_id = CASE WHEN :mesh_id IS NULL OR last_seen_at > :at THEN mesh_id ELSE :mesh_id END,
    last_seen_at = max(coalesce(last_seen_at, 0), :at)
WHERE user_id = :user_id;

-- name: see_in
-- Notes that a user did something in a mesh.
INSERT INTO station_sightings (user_id, mesh_id, last_seen_at) VALUES (:user_id, :mesh_id, :at)
ON CONFLICT (user_id, mesh_id) DO UPDATE SET last_seen_at = excluded.last_seen_at
WHERE last_seen_at < excluded.last_seen_at;

-- name: idle
-- Users online who were not seen since a moment.
SELECT user_id FROM station_users
WHERE is_online = 1 AND last_seen_at < :before ORDER BY last_seen_at LIMIT :most;

-- name: next_idle
-- Which of those online was seen longest ago.
SELECT min(last_seen_at) FROM station_users WHERE is_online = 1;

-- name: go_offline
-- Notes that a user is offline.
UPDATE station_users SET is_online = 0, online_since = NULL WHERE user_id = ?;

-- name: register
-- Counts a user among the station's own.
UPDATE station_users SET registered_at = :now, registered_by = :by
WHERE user_id = :user_id AND registered_at IS NULL;

-- name: describe
-- Changes what a user is called and what is noted; NULL leaves it as it is.
UPDATE station_users SET name = coalesce(:name, name), note = coalesce(:note, note)
WHERE user_id = :user_id;

-- name: sightings
-- In which meshes a user was seen.
SELECT mesh_id, last_seen_at FROM station_sightings
WHERE user_id = ? ORDER BY last_seen_at DESC LIMIT 100;

-- name: groups_of
-- The groups of a user.
SELECT group_name FROM station_memberships WHERE user_id = ? ORDER BY group_name;

-- name: zones_of
-- In which zones a user is.
SELECT zone FROM station_standings
WHERE user_id = ? AND state != 'entering' ORDER BY zone;

-- name: join
-- Puts a user into a group.
INSERT INTO station_memberships (user_id, group_name) VALUES (:user_id, :group)
ON CONFLICT DO NOTHING;

-- name: leave
-- Takes a user out of a group.
DELETE FROM station_memberships WHERE user_id = :user_id AND group_name = :group;

-- name: move
-- Notes where a user is.
UPDATE station_users SET
    latitude = :latitude, longitude = :longitude, accuracy_m = :accuracy_m, position_at = :at,
    position_mesh = :mesh_id, position_source = :source, positions = positions + 1
WHERE user_id = :user_id;

-- name: add_position
-- Keeps where a user was.
INSERT INTO station_positions
    (user_id, at, latitude, longitude, accuracy_m, mesh_id, source)
VALUES (:user_id, :at, :latitude, :longitude, :accuracy_m, :mesh_id, :source)
ON CONFLICT (user_id, at) DO UPDATE SET
    latitude = excluded.latitude, longitude = excluded.longitude, accuracy_m = excluded.accuracy_m,
    mesh_id = excluded.mesh_id, source = excluded.source;

-- name: trim_positions
-- Removes the oldest positions of a user.
DELETE FROM station_positions WHERE user_id = :user_id AND at <= (
    SELECT at FROM station_positions WHERE user_id = :user_id
    ORDER BY at DESC LIMIT 1 OFFSET :keep);

-- name: positions
-- Where a user was, newest first.
SELECT at, latitude, longitude, accuracy_m, mesh_id, source FROM station_positions
WHERE user_id = :user_id AND at < :before ORDER BY at DESC LIMIT :limit;

-- name: count_old_positions
-- How many positions are older than a moment.
SELECT count(*) FROM station_users AS user
CROSS JOIN station_positions AS one ON one.user_id = user.user_id AND one.at < :before;

-- name: remove_old_positions
-- Removes positions that are older than a moment, user by user: nothing lists them by time.
DELETE FROM station_positions WHERE (user_id, at) IN (
    SELECT one.user_id, one.at FROM station_users AS user
    CROSS JOIN station_positions AS one ON one.user_id = user.user_id AND one.at < :before
    LIMIT :most);

-- name: count_old_users
-- How many users were seen last before a moment and are not registered.
SELECT count(*) FROM station_users WHERE last_seen_at < :before AND registered_at IS NULL;

-- name: old_users
-- Users who were seen last before a moment and are not registered.
SELECT user_id FROM station_users
WHERE last_seen_at < :before AND registered_at IS NULL LIMIT :most;

-- name: forget_positions
-- Removes the positions of a user.
DELETE FROM station_positions WHERE user_id = ?;

-- name: forget_sightings
-- Removes where a user was seen.
DELETE FROM station_sightings WHERE user_id = ?;

-- name: forget_standings
-- Removes in which zones a user is.
DELETE FROM station_standings WHERE user_id = ?;

-- name: forget_memberships
-- Removes in which groups a user is.
DELETE FROM station_memberships WHERE user_id = ?;

-- name: forget
-- Removes a user.
DELETE FROM station_users WHERE user_id = ?;
