-- name: alerts
-- All that are raised.
SELECT figure, severity, since, value, good FROM health_alerts;

-- name: forget_alerts
-- Before those that are raised now are written.
DELETE FROM health_alerts;

-- name: keep_alert
-- One that is raised.
INSERT INTO health_alerts (figure, severity, since, value, good) VALUES (?, ?, ?, ?, ?);
