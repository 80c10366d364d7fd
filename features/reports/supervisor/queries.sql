-- name: count
-- Adds to a figure of a day.
INSERT INTO report_figures (day, figure, mesh_id, name, value)
VALUES (:day, :figure, :mesh_id, :name, :value)
ON CONFLICT (day, figure, mesh_id, name) DO UPDATE SET value = value + excluded.value;

-- name: user
-- Notes that a user did something on a day.
INSERT INTO report_users (day, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: state
-- The state that a mesh is in.
SELECT state, since FROM report_states WHERE mesh_id = ?;

-- name: set_state
-- Notes it.
INSERT INTO report_states (mesh_id, state, since) VALUES (?, ?, ?)
ON CONFLICT (mesh_id) DO UPDATE SET state = excluded.state, since = excluded.since;

-- name: seen
-- When something was last seen to happen.
SELECT at FROM report_seen WHERE one = 1;

-- name: see
-- Notes that something has happened.
INSERT INTO report_seen (one, at, first_day) VALUES (1, :at, :day)
ON CONFLICT (one) DO UPDATE SET at = max(at, excluded.at);

-- name: first_day
-- The first day of which anything is known.
SELECT first_day FROM report_seen WHERE one = 1;

-- name: count_outdated
-- How many figures are of days before.
SELECT count(*) FROM report_figures WHERE day < ?;

-- name: remove_figures
-- Removes some of them.
DELETE FROM report_figures WHERE (day, figure, mesh_id, name) IN (
    SELECT day, figure, mesh_id, name FROM report_figures WHERE day < ? LIMIT ?
);

-- name: remove_users
-- Removes some of those who did something before.
DELETE FROM report_users WHERE (day, user_id) IN (
    SELECT day, user_id FROM report_users WHERE day < ? LIMIT ?
);
