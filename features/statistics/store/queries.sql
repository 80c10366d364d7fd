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
