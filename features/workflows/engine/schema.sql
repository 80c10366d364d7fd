-- var/workflows.db: what the engine knows.  One process writes it; times are epoch milliseconds.
CREATE TABLE executions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow_id INTEGER NOT NULL,
    workflow TEXT NOT NULL,
    revision INTEGER NOT NULL,
    status TEXT NOT NULL,
    triggered_by TEXT NOT NULL,
    trigger_type TEXT NOT NULL,
    -- Number of the event in the log; null: none.
    seq INTEGER,
    -- The values that conditions and templates see, as JSON.
    trigger_values TEXT NOT NULL,
    inputs TEXT NOT NULL,
    key TEXT NOT NULL,
    priority INTEGER NOT NULL,
    error TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    completed_at INTEGER,
    due_at INTEGER,
    deadline_at INTEGER,
    steps_completed INTEGER NOT NULL,
    total_steps INTEGER NOT NULL,
    -- Where it is (model.state.State); null: it has ended, or has not begun.
    state BLOB,
    -- The execution and step that have called it.
    parent INTEGER,
    parent_run INTEGER,
    correlation_id TEXT,
    causation_id INTEGER,
    depth INTEGER NOT NULL,
    -- Of the request that has asked for it: asked again, it is the same one.
    request TEXT UNIQUE,
    replay_of INTEGER
) STRICT;
CREATE INDEX executions_by_workflow ON executions (workflow_id, id);
CREATE INDEX executions_by_status ON executions (status, id);
CREATE INDEX executions_live ON executions (due_at) WHERE completed_at IS NULL;
CREATE UNIQUE INDEX executions_by_event ON executions (seq, workflow_id)
    WHERE seq IS NOT NULL AND replay_of IS NULL AND parent IS NULL AND request IS NULL;
CREATE INDEX executions_by_parent ON executions (parent) WHERE parent IS NOT NULL;
CREATE TABLE steps (
    execution_id INTEGER NOT NULL,
    run INTEGER NOT NULL,
    node TEXT NOT NULL,
    type TEXT NOT NULL,
    number INTEGER NOT NULL,
    status TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    completed_at INTEGER,
    input TEXT,
    result TEXT,
    error TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    changes TEXT,
    -- The request that is under way, as JSON; null: none.
    effect TEXT,
    PRIMARY KEY (execution_id, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX steps_under_way ON steps (execution_id) WHERE effect IS NOT NULL;
CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    execution_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    level TEXT NOT NULL,
    run INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX logs_by_execution ON logs (execution_id, id);
-- What waits for a person.
CREATE TABLE approvals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    execution_id INTEGER NOT NULL,
    run INTEGER NOT NULL,
    workflow TEXT NOT NULL,
    question TEXT NOT NULL,
    options TEXT NOT NULL,
    mesh_id TEXT,
    user_id TEXT,
    asked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    answer TEXT,
    answered_by TEXT,
    closed_at INTEGER
) STRICT;
CREATE INDEX approvals_open ON approvals (id) WHERE closed_at IS NULL;
-- When executions of a key have begun, for cooldown and rate limit.
CREATE TABLE starts (
    workflow_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX starts_by_key ON starts (workflow_id, key, at);
-- Why something did not run although its trigger has come; the newest are kept.
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    workflow_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_by_event ON decisions (seq);
-- Values of fields that a `changed` compares.
CREATE TABLE seen (
    workflow_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (workflow_id, key, field)
) STRICT, WITHOUT ROWID;
-- The next time of each trigger of time.
CREATE TABLE times (
    workflow_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    timing TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    PRIMARY KEY (workflow_id, number)
) STRICT, WITHOUT ROWID;
-- Workflows that were stopped by themselves: failures in a row, and until when they rest.
CREATE TABLE circuits (
    workflow_id INTEGER PRIMARY KEY,
    failures INTEGER NOT NULL,
    open_until INTEGER NOT NULL
) STRICT;
-- Requests that no step waits for: questions in rooms, alerts about failures, jobs to be cancelled.
CREATE TABLE asides (
    key TEXT PRIMARY KEY,
    workflow TEXT NOT NULL,
    owner TEXT,
    request TEXT NOT NULL,
    cause TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Messages to the supervisor, once each.
CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    entry TEXT NOT NULL
) STRICT;
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- The tables as the seed has them.
CREATE VIEW process_executions AS
SELECT id, workflow_id AS process_id, triggered_by, trigger_values AS trigger_event,
    datetime(coalesce(started_at, created_at) / 1000, 'unixepoch') AS started_at,
    datetime(completed_at / 1000, 'unixepoch') AS completed_at,
    status, nullif(error, '') AS error_message,
    completed_at - coalesce(started_at, created_at) AS execution_time_ms,
    steps_completed, total_steps
FROM executions;
CREATE VIEW process_execution_steps AS
SELECT execution_id * 10000 + run AS id, execution_id, number AS action_id,
    datetime(started_at / 1000, 'unixepoch') AS started_at,
    datetime(completed_at / 1000, 'unixepoch') AS completed_at,
    status, result, nullif(error, '') AS error_message,
    completed_at - started_at AS execution_time_ms, attempt - 1 AS retry_count
FROM steps;
