-- name: put
-- Makes or replaces a record.
INSERT INTO records (key, document, created_at, updated_at, used_at)
VALUES (:key, :document, :now, :now, :now)
ON CONFLICT (key) DO UPDATE SET
    document = excluded.document,
    updated_at = excluded.updated_at,
    used_at = excluded.used_at;

-- name: get
-- One record.
SELECT key, document, created_at, updated_at, used_at FROM records WHERE key = ?;

-- name: list
-- Records whose keys begin alike, the last written first.
SELECT key, length(CAST(document AS BLOB)), created_at, updated_at, used_at FROM records
WHERE key >= :first AND key < :last
ORDER BY updated_at DESC, key DESC LIMIT :limit;

-- name: use
-- Notes that a record was asked for.
UPDATE records SET used_at = :now WHERE key = :key;

-- name: count_unused
-- How many of those whose keys begin alike were not asked for since a moment.
SELECT count(*) FROM records WHERE key >= :first AND key < :last AND used_at < :before;

-- name: remove_unused
-- Removes some of them.
DELETE FROM records WHERE key IN (
    SELECT key FROM records WHERE key >= :first AND key < :last AND used_at < :before LIMIT :limit
);
