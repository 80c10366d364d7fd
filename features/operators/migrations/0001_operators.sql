-- Who uses the console (docs/console.md).  Of every secret only its SHA-256 is here.

CREATE TABLE operators (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    -- Argon2, as it writes itself; NULL: a link has to be used first.
    password_hash TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    password_changed_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE operator_sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL UNIQUE,
    operator TEXT NOT NULL REFERENCES operators (name) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    -- Epoch milliseconds: it ends then in any case.
    expires_at INTEGER NOT NULL,
    -- Milliseconds without a request after which it ends.
    idle INTEGER NOT NULL,
    -- From where, and with which browser, for people.
    address TEXT NOT NULL,
    agent TEXT NOT NULL
) STRICT;
CREATE INDEX operator_sessions_by_operator ON operator_sessions (operator);

CREATE TABLE operator_tokens (
    name TEXT PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    -- JSON array of scopes.
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    -- NULL: never.
    expires_at INTEGER
) STRICT, WITHOUT ROWID;

-- Links that can be used once: they make an operator, or give one a new password.
CREATE TABLE operator_links (
    digest TEXT PRIMARY KEY,
    -- NULL: whoever uses it chooses a name.
    operator TEXT,
    -- Of the operator that it makes; NULL where there is one.
    role TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
