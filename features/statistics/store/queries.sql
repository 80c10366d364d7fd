-- name: months
-- The tables of months.
SELECT name FROM sqlite_schema
WHERE type = 'table' AND name GLOB 'usage_[0-9][0-9][0-9][0-9]_[0-9][0-9]' ORDER BY name;

-- name: take_ids
-- Have some numbers for events; none is given twice.
UPDATE facts SET value = value + :count WHERE name = 'next_id' RETURNING value - :count;

-- name: mark
-- Say that an hour has an event that no statistics have.
INSERT INTO changed (hour, id) VALUES (?, ?) ON CONFLICT (hour) DO UPDATE SET id = excluded.id;

-- name: take_person
-- Have the number of a person who is new; none is given twice, also when its person was removed.
INSERT INTO facts SELECT 'next_person', coalesce(max(id), 0) + 2 FROM people WHERE true
ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value - 1;

-- name: people_removed
-- Say that people were removed: numbers that a process remembers may stand for no person.
INSERT INTO facts VALUES ('removals', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;

-- name: move_bookmark
-- Say up to which day an aggregation has come: a late event's day, done again, moves it not back.
INSERT INTO bookmarks VALUES (:what, :day)
ON CONFLICT (what) DO UPDATE SET day = max(day, excluded.day);

-- name: remove_totals
-- Remove the totals of a day: one look for each mesh, where the day alone would be a whole read.
DELETE FROM daily_totals WHERE day = :day AND kind IN (1, 2, 3, 4, 5)
AND mesh IN (SELECT id FROM meshes UNION ALL SELECT 0);

-- name: write_totals
-- Sum the hours of a day.
INSERT INTO daily_totals SELECT mesh, kind, day, sum(count) FROM daily_counts
WHERE day = :day GROUP BY mesh, kind;

-- name: write_all_totals
-- Sum the hours of all days.
INSERT INTO daily_totals SELECT mesh, kind, day, sum(count) FROM daily_counts
GROUP BY day, mesh, kind;

-- name: write_all_months
-- Sum what people did by month; from then on triggers keep these sums.
INSERT INTO monthly_people SELECT mesh, kind, person, substr(day, 1, 7), sum(count)
FROM daily_people GROUP BY mesh, kind, person, substr(day, 1, 7);
