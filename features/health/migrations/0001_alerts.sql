-- Alerts that are raised (docs/processes.md).
CREATE TABLE health_alerts (
    -- The figure that has passed its limit.
    figure TEXT PRIMARY KEY,
    severity TEXT NOT NULL CHECK (severity = 'warning' OR severity = 'critical'),
    -- Epoch milliseconds.
    since INTEGER NOT NULL,
    value REAL NOT NULL,
    -- Checks in a row at which it was well below its limit.
    good INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
