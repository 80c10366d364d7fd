-- name: audit
-- The newest entries of the audit log, newest first, each as the JSON of `results.AuditRecord`.
SELECT json_object(
    'at', strftime('%Y-%m-%dT%H:%M:%f+00:00', at / 1000.0, 'unixepoch'), 'actor', actor,
    'origin', origin, 'action', action, 'subject', subject, 'outcome', outcome, 'detail', detail)
FROM audit_log ORDER BY id DESC LIMIT ?;
