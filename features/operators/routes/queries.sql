-- name: session
-- Whose session has this digest, if it is not over.
SELECT s.id, s.operator, o.role, s.seen_at, s.idle, s.expires_at
FROM operator_sessions AS s JOIN operators AS o ON o.name = s.operator
WHERE s.digest = :digest AND s.expires_at > :now AND s.seen_at + s.idle > :now;

-- name: token
-- Which token has this digest, if it is not over.
SELECT name, scopes, expires_at FROM operator_tokens
WHERE digest = :digest AND (expires_at IS NULL OR expires_at > :now);

-- name: password
-- What is kept of an operator's password.
SELECT password_hash FROM operators WHERE name = ?;

-- name: role
-- Which role an operator has.
SELECT role FROM operators WHERE name = ?;

-- name: any
-- Whether there is an operator.
SELECT EXISTS (SELECT 1 FROM operators);

-- name: link
-- What a link is for, if it can be used.
SELECT l.operator, coalesce(l.role, o.role), l.role IS NOT NULL
FROM operator_links AS l LEFT JOIN operators AS o ON o.name = l.operator
WHERE l.digest = :digest AND l.expires_at > :now;

-- name: passkey
-- Whose passkey this is, its public key, and how often it was used.
SELECT id, operator, public_key, uses FROM operator_passkeys
WHERE credential = :credential AND host = :host;

-- name: credentials
-- The ids of the passkeys of an operator for a name of the console.
SELECT credential FROM operator_passkeys WHERE operator = :operator AND host = :host;

-- name: has_passkeys
-- Whether there is one for a name of the console.
SELECT EXISTS (SELECT 1 FROM operator_passkeys WHERE host = ?);
