-- Workflows: their definitions, and what the supervisor keeps about their effects (docs/workflows.md).
-- What executions have done is in var/workflows.db, which belongs to the engine.
CREATE TABLE workflows (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    -- The newest one, of workflow_revisions.
    revision INTEGER NOT NULL,
    is_active INTEGER NOT NULL DEFAULT 1,
    -- On whose behalf it acts: web:ann, token:ci; null: an account of this machine.
    owner TEXT,
    template_id INTEGER,
    created_by TEXT NOT NULL,
    -- Epoch milliseconds, all that end in _at.
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- Counters of executions that have ended.
    completed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    started INTEGER NOT NULL DEFAULT 0,
    total_ms INTEGER NOT NULL DEFAULT 0,
    last_executed_at INTEGER
) STRICT;
-- What was saved; a row never changes.
CREATE TABLE workflow_revisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow_id INTEGER NOT NULL REFERENCES workflows (id),
    number INTEGER NOT NULL,
    -- The stored form, as JSON.
    document TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (workflow_id, number)
) STRICT;
CREATE TABLE workflow_templates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    category TEXT NOT NULL,
    -- {"inputs": {...}, "workflow": {...}} as JSON.
    template_data TEXT NOT NULL,
    usage_count INTEGER NOT NULL DEFAULT 0,
    -- Null: it came with Meshvisor.
    created_by TEXT,
    created_at INTEGER NOT NULL,
    is_public INTEGER NOT NULL DEFAULT 1
) STRICT;
-- What was asked for and must not be repeated, by the key of the request; the answer, or null: it
-- was begun, and nobody knows whether it was done.
CREATE TABLE workflow_effects (
    key TEXT PRIMARY KEY,
    result TEXT,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX workflow_effects_by_age ON workflow_effects (at);
-- Up to which entry the engine's reports were taken in.
CREATE TABLE workflow_reports (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO workflow_reports (only, number) VALUES (1, 0);
-- Executions by day and by how they have ended, for analytics.
CREATE TABLE workflow_days (
    day TEXT NOT NULL,
    workflow_id INTEGER NOT NULL,
    started INTEGER NOT NULL DEFAULT 0,
    completed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    total_ms INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, workflow_id)
) STRICT, WITHOUT ROWID;
-- Why executions have failed, in words.
CREATE TABLE workflow_failures (
    workflow_id INTEGER NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    last_execution INTEGER NOT NULL,
    PRIMARY KEY (workflow_id, reason)
) STRICT, WITHOUT ROWID;
-- The tables as the seed has them.
CREATE VIEW processes AS
SELECT id, name, description, template_id, created_by,
    datetime(created_at / 1000, 'unixepoch') AS created_at,
    datetime(updated_at / 1000, 'unixepoch') AS updated_at,
    is_active, started AS execution_count,
    datetime(last_executed_at / 1000, 'unixepoch') AS last_executed,
    CASE WHEN completed + failed > 0 THEN 1.0 * completed / (completed + failed) ELSE 0.0 END
        AS success_rate,
    CASE WHEN completed + failed > 0 THEN 1.0 * total_ms / (completed + failed) / 1000 END
        AS avg_execution_time
FROM workflows;
CREATE VIEW process_triggers AS
SELECT r.id * 1000 + t.key AS id, w.id AS process_id,
    json_extract(t.value, '$.type') AS trigger_type,
    json_extract(t.value, '$.config') AS trigger_config,
    json_extract(t.value, '$.when') AS conditions,
    coalesce(json_extract(t.value, '$.priority'), 0) AS priority,
    coalesce(json_extract(t.value, '$.is_active'), 1) AS is_active,
    datetime(r.created_at / 1000, 'unixepoch') AS created_at
FROM workflows w
JOIN workflow_revisions r ON r.workflow_id = w.id AND r.number = w.revision
JOIN json_each(r.document, '$.triggers') t;
CREATE VIEW process_actions AS
SELECT r.id * 1000 + s.key AS id, w.id AS process_id,
    json_extract(s.value, '$.type') AS action_type,
    json_extract(s.value, '$.with') AS action_config,
    json_extract(s.value, '$.when') AS conditions,
    s.key + 1 AS action_order,
    coalesce(json_extract(s.value, '$.timeout'), 30) AS timeout_seconds,
    coalesce(json_extract(s.value, '$.retries'), 0) AS retry_count,
    datetime(r.created_at / 1000, 'unixepoch') AS created_at
FROM workflows w
JOIN workflow_revisions r ON r.workflow_id = w.id AND r.number = w.revision
JOIN json_each(r.document, '$.steps') s;
CREATE VIEW process_templates AS
SELECT id, name, description, category, template_data, usage_count, created_by,
    datetime(created_at / 1000, 'unixepoch') AS created_at, is_public
FROM workflow_templates;
