-- name: add
-- Adds an alert, and returns its number.
INSERT INTO station_alerts (
    state, severity, title, message, source, dedup_key, idempotency_key, user_id, zone, mesh_id,
    count, created_at, created_by, updated_at)
VALUES (
    'open', :severity, :title, :message, :source, :dedup_key, :idempotency_key, :user_id, :zone,
    :mesh_id, 1, :now, :by, :now)
RETURNING id;

-- name: find
-- One alert.
SELECT * FROM station_alerts WHERE id = ?;

-- name: of_key
-- The alert with a key that is not resolved.
SELECT id FROM station_alerts WHERE dedup_key = ? AND state != 'resolved';

-- name: of_request
-- The alert that a request has made.
SELECT id FROM station_alerts WHERE idempotency_key = ?;

-- name: count_up
-- Notes that an alert was raised again, and that it is as bad as the worst time.
UPDATE station_alerts
SET count = count + 1, updated_at = :now, severity = max(severity, :severity)
WHERE id = :id;

-- name: acknowledge
-- Notes that a person takes care of an open alert.
UPDATE station_alerts
SET state = 'acknowledged', acknowledged_at = :now, acknowledged_by = :by, updated_at = :now
WHERE id = :id AND state = 'open';

-- name: resolve
-- Notes that an alert is over.
UPDATE station_alerts
SET state = 'resolved', resolved_at = :now, resolved_by = :by, updated_at = :now
WHERE id = :id AND state != 'resolved';

-- name: list
-- Alerts that match, newest first.
SELECT * FROM station_alerts
WHERE id < :before AND severity >= :severity
    AND (:state IS NULL OR state = :state)
    AND (NOT :unresolved OR state != 'resolved')
    AND (:source IS NULL OR source = :source)
    AND (:user_id IS NULL OR user_id = :user_id)
    AND (:zone IS NULL OR zone = :zone)
    AND (:mesh_id IS NULL OR mesh_id = :mesh_id)
ORDER BY id DESC LIMIT :limit;

-- name: count
-- How many alerts there are of each state and severity.
SELECT state, severity, count(*) FROM station_alerts GROUP BY state, severity;

-- name: add_note
-- Keeps what a person has written about an alert.
INSERT INTO station_alert_notes (alert_id, at, actor, text) VALUES (:id, :now, :by, :text);

-- name: notes
-- The newest notes of an alert, newest first.
SELECT at, actor, text FROM station_alert_notes
WHERE alert_id = ? ORDER BY id DESC LIMIT 100;

-- name: count_outdated
-- How many alerts were resolved before a moment.
SELECT count(*) FROM station_alerts WHERE resolved_at < :before;

-- name: remove_outdated
-- Removes alerts that were resolved before a moment.
DELETE FROM station_alerts WHERE id IN (
    SELECT id FROM station_alerts
    WHERE resolved_at < :before ORDER BY resolved_at LIMIT :most);
