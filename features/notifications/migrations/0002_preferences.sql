-- How users want to be told what is for them, where that was changed at run time; else the settings
-- say so.

CREATE TABLE notification_preferences (
    user_id TEXT PRIMARY KEY,
    changes TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
