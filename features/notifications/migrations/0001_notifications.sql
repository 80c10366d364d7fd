-- What people are told, and on which way.

CREATE TABLE notifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    severity INTEGER NOT NULL,
    title TEXT NOT NULL,
    many TEXT NOT NULL,
    text TEXT NOT NULL,
    lines TEXT NOT NULL,
    count INTEGER NOT NULL,
    key TEXT,
    window_until INTEGER NOT NULL,
    user_id TEXT,
    mesh_id TEXT,
    source TEXT NOT NULL
) STRICT;

CREATE INDEX notifications_by_key ON notifications (key, id) WHERE key IS NOT NULL;
CREATE INDEX notifications_by_state ON notifications (state, updated_at);

CREATE TABLE notification_deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    notification_id INTEGER NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    rank INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    is_prompt INTEGER NOT NULL,
    can_gather INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    told INTEGER NOT NULL DEFAULT 0,
    lease TEXT,
    reason TEXT,
    changed_at INTEGER NOT NULL,
    UNIQUE (notification_id, channel)
) STRICT;

-- Those that are due, the worst first.
CREATE INDEX deliveries_due ON notification_deliveries (channel, rank DESC, due_at, id)
WHERE state = 'pending';
-- When something is to be done next.
CREATE INDEX deliveries_next ON notification_deliveries (channel, due_at, is_prompt)
WHERE state = 'pending';
CREATE INDEX deliveries_sending ON notification_deliveries (lease) WHERE state = 'sending';

CREATE TABLE notification_channels (
    channel TEXT PRIMARY KEY,
    paused_until INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    minute INTEGER NOT NULL DEFAULT 0,
    used INTEGER NOT NULL DEFAULT 0,
    sent_at INTEGER
) STRICT, WITHOUT ROWID;

-- What goes on since people were told of it, until another event ends it.
CREATE TABLE notification_troubles (
    trouble TEXT PRIMARY KEY,
    notification_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
