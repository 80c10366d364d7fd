-- name: by_id
-- One workflow with its newest revision.
SELECT w.*, r.id, r.document FROM workflows w
JOIN workflow_revisions r ON r.workflow_id = w.id AND r.number = w.revision
WHERE w.id = ?;

-- name: by_name
-- The same by its name.
SELECT w.*, r.id, r.document FROM workflows w
JOIN workflow_revisions r ON r.workflow_id = w.id AND r.number = w.revision
WHERE w.name = ?;

-- name: names
-- The names of all.
SELECT name FROM workflows ORDER BY name;

-- name: page
-- Some of them, by name.
SELECT w.*, r.id, r.document FROM workflows w
JOIN workflow_revisions r ON r.workflow_id = w.id AND r.number = w.revision
WHERE (NOT :active_only OR w.is_active)
    AND (:template_id IS NULL OR w.template_id = :template_id)
    AND (:created_by IS NULL OR w.created_by = :created_by)
ORDER BY w.name LIMIT :limit OFFSET :offset;

-- name: count
-- How many of them there are.
SELECT count(*) FROM workflows w
WHERE (NOT :active_only OR w.is_active)
    AND (:template_id IS NULL OR w.template_id = :template_id)
    AND (:created_by IS NULL OR w.created_by = :created_by);

-- name: active
-- Those that begin by themselves.
SELECT w.*, r.id, r.document FROM workflows w
JOIN workflow_revisions r ON r.workflow_id = w.id AND r.number = w.revision
WHERE w.is_active ORDER BY w.id;

-- name: insert
-- Adds one.
INSERT INTO workflows (name, description, revision, is_active, owner, template_id, created_by,
    created_at, updated_at)
VALUES (:name, :description, 1, :is_active, :owner, :template_id, :actor, :now, :now);

-- name: update
-- Gives one another revision.
UPDATE workflows SET name = :name, description = :description, revision = :revision,
    owner = :owner, updated_at = :now
WHERE id = :id;

-- name: set_active
-- Has one begin by itself or not.
UPDATE workflows SET is_active = :is_active, updated_at = :now WHERE id = :id;

-- name: add_revision
-- Keeps what was saved.
INSERT INTO workflow_revisions (workflow_id, number, document, created_by, created_at)
VALUES (?, ?, ?, ?, ?);

-- name: revision
-- The document of a revision, and the number of its row.
SELECT document, id FROM workflow_revisions WHERE workflow_id = ? AND number = ?;

-- name: revisions
-- All revisions of one, the newest first.
SELECT number, created_at, created_by, document FROM workflow_revisions
WHERE workflow_id = ? ORDER BY number DESC LIMIT ?;

-- name: effect
-- What came of a request.
SELECT result FROM workflow_effects WHERE key = ?;

-- name: begin_effect
-- Notes that it is about to be done.
INSERT INTO workflow_effects (key, result, at) VALUES (?, NULL, ?);

-- name: end_effect
-- Notes what came of it.
UPDATE workflow_effects SET result = ? WHERE key = ?;

-- name: forget_effect
-- It was certainly not done.
DELETE FROM workflow_effects WHERE key = ?;

-- name: reports
-- Up to which entry the engine's reports were taken in.
SELECT number FROM workflow_reports;

-- name: save_reports
-- Moves that on.
UPDATE workflow_reports SET number = ?;

-- name: count_start
-- An execution has begun.
UPDATE workflows SET started = started + 1, last_executed_at = max(coalesce(last_executed_at, 0), :at)
WHERE id = :id;

-- name: count_end
-- An execution has ended.
UPDATE workflows SET completed = completed + :completed, failed = failed + :failed,
    cancelled = cancelled + :cancelled, total_ms = total_ms + :ms
WHERE id = :id;

-- name: count_day
-- The same by day.
INSERT INTO workflow_days (day, workflow_id, started, completed, failed, cancelled, total_ms)
VALUES (:day, :id, :started, :completed, :failed, :cancelled, :ms)
ON CONFLICT (day, workflow_id) DO UPDATE SET
    started = started + excluded.started, completed = completed + excluded.completed,
    failed = failed + excluded.failed, cancelled = cancelled + excluded.cancelled,
    total_ms = total_ms + excluded.total_ms;

-- name: count_failure
-- Why it has failed.
INSERT INTO workflow_failures (workflow_id, reason, count, last_at, last_execution)
VALUES (:id, :reason, 1, :at, :execution)
ON CONFLICT (workflow_id, reason) DO UPDATE SET
    count = count + 1, last_at = excluded.last_at, last_execution = excluded.last_execution;

-- name: reasons
-- How many different ones a workflow has, and whether this is one of them.
SELECT count(*), coalesce(max(reason = :reason), 0) FROM workflow_failures WHERE workflow_id = :id;

-- name: failures
-- Why executions have failed, the most frequent first.
SELECT reason, sum(count), max(last_at), max(last_execution) FROM workflow_failures
WHERE :id IS NULL OR workflow_id = :id
GROUP BY reason ORDER BY 2 DESC, 3 DESC LIMIT :limit;

-- name: days
-- Executions by day, the newest first.
SELECT day, sum(started), sum(completed), sum(failed), sum(cancelled), sum(total_ms)
FROM workflow_days WHERE :id IS NULL OR workflow_id = :id
GROUP BY day ORDER BY day DESC LIMIT :limit;

-- name: totals
-- The counters of all.
SELECT count(*), coalesce(sum(is_active), 0), coalesce(sum(started), 0),
    coalesce(sum(completed), 0), coalesce(sum(failed), 0), coalesce(sum(total_ms), 0),
    max(last_executed_at)
FROM workflows;

-- name: most_used
-- Those that have run most often.
SELECT id, name, started FROM workflows WHERE started > 0 ORDER BY started DESC, name LIMIT ?;

-- name: templates_used
-- Templates that were used most often.
SELECT id, name, usage_count FROM workflow_templates WHERE usage_count > 0
ORDER BY usage_count DESC, name LIMIT ?;

-- name: templates
-- All templates.
SELECT id, name, description, category, template_data, usage_count, created_by, created_at,
    is_public
FROM workflow_templates ORDER BY category, name;

-- name: template
-- One by its number or name.
SELECT id, name, description, category, template_data, usage_count, created_by, created_at,
    is_public
FROM workflow_templates WHERE id = :ref OR name = :ref;

-- name: put_template
-- Adds one; one that came with Meshvisor is replaced.
INSERT INTO workflow_templates (name, description, category, template_data, created_by, created_at)
VALUES (:name, :description, :category, :data, :actor, :now)
ON CONFLICT (name) DO UPDATE SET description = excluded.description, category = excluded.category,
    template_data = excluded.template_data
WHERE created_by IS NULL;

-- name: replace_template
-- Gives one that a user has made another content.
UPDATE workflow_templates SET description = :description, category = :category,
    template_data = :data, created_by = :actor, created_at = :now
WHERE name = :name;

-- name: remove_template
-- Removes one.
DELETE FROM workflow_templates WHERE id = ?;

-- name: count_use
-- A template was used.
UPDATE workflow_templates SET usage_count = usage_count + 1 WHERE id = ?;

-- name: outdated_effects
-- How many requests cannot be repeated any more.
SELECT count(*) FROM workflow_effects WHERE at < ?;

-- name: remove_effects
-- Removes some of them.
DELETE FROM workflow_effects WHERE key IN
    (SELECT key FROM workflow_effects WHERE at < ? ORDER BY at LIMIT ?);
