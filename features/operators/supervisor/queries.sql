-- name: operators
-- All operators, with how many sessions they have open.
SELECT o.name, o.role, o.password_hash IS NOT NULL AS has_password, o.created_at, o.created_by,
    (SELECT count(*) FROM operator_sessions AS s WHERE s.operator = o.name
        AND s.expires_at > :now AND s.seen_at + s.idle > :now) AS sessions,
    (SELECT max(s.seen_at) FROM operator_sessions AS s WHERE s.operator = o.name) AS seen_at
FROM operators AS o ORDER BY o.name;

-- name: operator
-- The role of one.
SELECT role FROM operators WHERE name = ?;

-- name: count
-- How many there are.
SELECT count(*) FROM operators;

-- name: other_owners
-- How many owners there are besides one.
SELECT count(*) FROM operators WHERE role = 'owner' AND name <> ?;

-- name: add
-- Makes one.
INSERT INTO operators (name, role, password_hash, created_at, created_by, password_changed_at)
VALUES (:name, :role, :password_hash, :now, :by, :now);

-- name: set_role
-- Gives one another role.
UPDATE operators SET role = :role WHERE name = :name;

-- name: set_password
-- Gives one another password.
UPDATE operators SET password_hash = :password_hash, password_changed_at = :now
WHERE name = :name;

-- name: remove
-- Removes one, and with them their sessions.
DELETE FROM operators WHERE name = ?;

-- name: add_link
-- Keeps a link.
INSERT INTO operator_links (digest, operator, role, created_at, created_by, expires_at)
VALUES (:digest, :operator, :role, :now, :by, :expires_at);

-- name: link
-- One that can be used.
SELECT operator, role FROM operator_links WHERE digest = :digest AND expires_at > :now;

-- name: remove_link
-- It was used.
DELETE FROM operator_links WHERE digest = ?;

-- name: remove_links_of
-- Those that were made before for the same.
DELETE FROM operator_links WHERE operator = ?;

-- name: remove_first_links
-- Those that the supervisor has made for its first operator.
DELETE FROM operator_links WHERE created_by = ?;

-- name: remove_old_links
-- Those whose time is over.
DELETE FROM operator_links WHERE expires_at <= ?;

-- name: add_session
-- Keeps one.
INSERT INTO operator_sessions
    (digest, operator, created_at, seen_at, expires_at, idle, address, agent)
VALUES (:digest, :operator, :now, :now, :expires_at, :idle, :address, :agent)
RETURNING id;

-- name: see_session
-- Notes that it is in use.
UPDATE operator_sessions SET seen_at = :now WHERE id = :id;

-- name: remove_old_sessions
-- Those that are over.
DELETE FROM operator_sessions WHERE expires_at <= :now OR seen_at + idle <= :now;

-- name: sessions
-- Those that are open, the newest first.
SELECT id, operator, created_at, seen_at, min(expires_at, seen_at + idle) AS expires_at, address,
    agent
FROM operator_sessions
WHERE (:operator IS NULL OR operator = :operator) AND expires_at > :now AND seen_at + idle > :now
ORDER BY id DESC;

-- name: end_sessions
-- Ends those of one operator, all or one, or all but one.
DELETE FROM operator_sessions
WHERE operator = :operator AND (:session IS NULL OR id = :session)
    AND (:keep IS NULL OR id <> :keep);

-- name: tokens
-- All of them.
SELECT name, scopes, created_at, created_by, expires_at FROM operator_tokens ORDER BY name;

-- name: token
-- One.
SELECT name, scopes, created_at, created_by, expires_at FROM operator_tokens WHERE name = ?;

-- name: add_token
-- Keeps one.
INSERT INTO operator_tokens (name, digest, scopes, created_at, created_by, expires_at)
VALUES (:name, :digest, :scopes, :now, :by, :expires_at);

-- name: remove_token
-- Revokes one.
DELETE FROM operator_tokens WHERE name = ?;

-- name: count_expired
-- How many sessions and links have ended before a moment.
SELECT
    (SELECT count(*) FROM operator_sessions
        WHERE expires_at < :before OR seen_at + idle < :before)
    + (SELECT count(*) FROM operator_links WHERE expires_at < :before);

-- name: remove_expired_sessions
-- Removes some of those sessions.
DELETE FROM operator_sessions WHERE id IN (
    SELECT id FROM operator_sessions WHERE expires_at < :before OR seen_at + idle < :before
    LIMIT :limit
);

-- name: remove_expired_links
-- Removes some of those links.
DELETE FROM operator_links WHERE digest IN (
    SELECT digest FROM operator_links WHERE expires_at < :before LIMIT :limit
);

-- name: passkeys
-- Those of one operator, or of all.
SELECT id, operator, name, host, created_at, used_at FROM operator_passkeys
WHERE :operator IS NULL OR operator = :operator ORDER BY operator, id;

-- name: add_passkey
-- Keeps one.
INSERT INTO operator_passkeys (operator, name, host, credential, public_key, uses, created_at)
VALUES (:operator, :name, :host, :credential, :public_key, :uses, :now)
RETURNING id, operator, name, host, created_at, used_at;

-- name: use_passkey
-- Notes that one was used, if it was not copied: a copy would have counted on.
UPDATE operator_passkeys SET uses = :uses, used_at = :now
WHERE id = :id AND operator = :operator AND (uses < :uses OR (uses = 0 AND :uses = 0));

-- name: remove_passkeys
-- Removes one of an operator, or all.
DELETE FROM operator_passkeys
WHERE operator = :operator AND (:passkey IS NULL OR id = :passkey);

-- name: views
-- Those of one operator.
SELECT page, name, search FROM operator_views WHERE operator = ? ORDER BY page, name;

-- name: keep_view
-- Keeps one, in place of the one of its name.
INSERT INTO operator_views (operator, page, name, search)
VALUES (:operator, :page, :name, :search)
ON CONFLICT (operator, page, name) DO UPDATE SET search = excluded.search;

-- name: forget_view
-- Forgets one.
DELETE FROM operator_views WHERE operator = :operator AND page = :page AND name = :name;
