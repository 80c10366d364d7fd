-- name: by_day
-- Sums of figures for each day.
SELECT day, figure, sum(value) FROM report_figures
WHERE day BETWEEN :first AND :last GROUP BY day, figure;

-- name: states
-- Milliseconds of states for each day.
SELECT day, name, sum(value) FROM report_figures
WHERE day BETWEEN :first AND :last AND figure = 'state_ms' GROUP BY day, name;

-- name: by_mesh
-- Sums of figures for each mesh.
SELECT mesh_id, figure, sum(value) FROM report_figures
WHERE day BETWEEN :first AND :last AND mesh_id <> '' GROUP BY mesh_id, figure;

-- name: states_by_mesh
-- Milliseconds of states for each mesh.
SELECT mesh_id, name, sum(value) FROM report_figures
WHERE day BETWEEN :first AND :last AND figure = 'state_ms' GROUP BY mesh_id, name;

-- name: by_name
-- Sums of figures for each thing that they are about.
SELECT name, figure, sum(value) FROM report_figures
WHERE day BETWEEN :first AND :last AND name <> '' AND figure <> 'state_ms'
GROUP BY name, figure;

-- name: open_states
-- States that meshes are in.
SELECT mesh_id, state, since FROM report_states;

-- name: active_users
-- Users who did something.
SELECT count(DISTINCT user_id) FROM report_users WHERE day BETWEEN :first AND :last;

-- name: new_users
-- Those of them who had not done anything before.
SELECT count(*) FROM (
    SELECT user_id FROM report_users GROUP BY user_id HAVING min(day) BETWEEN :first AND :last
);

-- name: users_by_day
-- Users of each day.
SELECT day, count(*) FROM report_users WHERE day BETWEEN :first AND :last GROUP BY day;

-- name: first_day
-- The first day of which anything is known.
SELECT first_day FROM report_seen WHERE one = 1;
