-- name: add
-- Keeps one entry.
INSERT INTO audit_log (at, actor, origin, action, subject, outcome, detail)
VALUES (:at, :actor, :origin, :action, :subject, :outcome, :detail);

-- name: newest
-- The newest entries, newest first.
SELECT at, actor, origin, action, subject, outcome, detail
FROM audit_log ORDER BY id DESC LIMIT :limit;
