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

-- name: any
-- Whether there is an operator.
SELECT EXISTS (SELECT 1 FROM operators);

-- name: link
-- What a link is for, if it can be used.
SELECT l.operator, coalesce(l.role, o.role), l.role IS NOT NULL
FROM operator_links AS l LEFT JOIN operators AS o ON o.name = l.operator
WHERE l.digest = :digest AND l.expires_at > :now;
