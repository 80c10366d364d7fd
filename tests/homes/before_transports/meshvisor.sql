BEGIN TRANSACTION;
CREATE TABLE admin_users (
    _id TEXT PRIMARY KEY,
    userId TEXT NOT NULL,
    addedBy TEXT,
    addedAt INTEGER NOT NULL,
    isActive INTEGER NOT NULL CHECK (isActive IN (0, 1))
) STRICT, WITHOUT ROWID;
INSERT INTO "admin_users" VALUES('4242','4242',NULL,1795958006020,1);
INSERT INTO "admin_users" VALUES('4343','4343',NULL,1795958006310,0);
CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    origin TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
INSERT INTO "audit_log" VALUES(1,1795958006020,'root','command line','admin.add','4242','done','');
INSERT INTO "audit_log" VALUES(2,1795958006310,'root','command line','admin.add','4343','done','');
INSERT INTO "audit_log" VALUES(3,1795958006617,'root','command line','admin.remove','4343','done','');
INSERT INTO "audit_log" VALUES(4,1795958007164,'4242','lobby','perm.set','uptime','done','default -> admin');
INSERT INTO "audit_log" VALUES(5,1795958007177,'4242','lobby','jobs.submit','1','done','chore');
INSERT INTO "audit_log" VALUES(6,1795958010580,'4242','lobby','jobs.pause','1','done','chore active, 1 of 2 items -> pause until somebody resumes it');
CREATE TABLE command_permissions (
    _id TEXT PRIMARY KEY,
    commandName TEXT NOT NULL,
    requiresAdmin INTEGER NOT NULL CHECK (requiresAdmin IN (0, 1)),
    description TEXT NOT NULL DEFAULT '',
    updatedAt INTEGER NOT NULL,
    updatedBy TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "command_permissions" VALUES('uptime','uptime',1,'How long I have been here',1795958007164,'4242');
CREATE TABLE credentials (
    _id TEXT PRIMARY KEY CHECK (_id = 'bot_credentials'),
    email TEXT,
    deviceId TEXT,
    ssaid TEXT,
    parseId TEXT,
    parseToken TEXT,
    authToken TEXT,
    userId TEXT,
    peerId TEXT NOT NULL,
    updatedAt INTEGER NOT NULL
) STRICT;
INSERT INTO "credentials" VALUES('bot_credentials','bot@example.com','abc123','xyz789','id123','token456','auth789','12345','12345_abc123',1704708000000);
CREATE TABLE directory_version (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO "directory_version" VALUES(1,6);
CREATE TABLE event_cursors (
    name TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "event_cursors" VALUES('jobs.chat',22,1795958012080);
CREATE TABLE events (
    -- Its place in the log.  The newest event is never removed, so that no number is used twice; a
    -- table of used numbers (AUTOINCREMENT) would be written with each event.
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT,
    mesh_id TEXT,
    actor TEXT,
    -- JSON object; `v` is its version.  Not checked: all of it is made by json.dumps or json_object.
    data TEXT NOT NULL,
    correlation_id TEXT,
    causation_id INTEGER,
    depth INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO "events" VALUES(1,1795958005688,'mesh.spawning','lobby','lobby',NULL,'{"v":1,"before":"waiting","error":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(2,1795958005688,'mesh.spawning','cinema','cinema',NULL,'{"v":1,"before":"waiting","error":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(3,1795958005688,'mesh.spawning','vault','vault',NULL,'{"v":1,"before":"waiting","error":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(4,1795958005863,'mesh.ready','lobby','lobby',NULL,'{"v":1,"before":"spawning","error":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(5,1795958005873,'mesh.ready','cinema','cinema',NULL,'{"v":1,"before":"spawning","error":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(6,1795958005881,'mesh.ready','vault','vault',NULL,'{"v":1,"before":"spawning","error":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(7,1795958005888,'mesh.connected','lobby','lobby',NULL,'{"v":1,"before":"ready","error":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(8,1795958005914,'mesh.connected','cinema','cinema',NULL,'{"v":1,"before":"ready","error":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(9,1795958005926,'mesh.connected','vault','vault',NULL,'{"v":1,"before":"ready","error":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(10,1795958006020,'admin.added','4242',NULL,'root','{"v":1,"origin":"command line","detail":""}',NULL,NULL,0);
INSERT INTO "events" VALUES(11,1795958006310,'admin.added','4343',NULL,'root','{"v":1,"origin":"command line","detail":""}',NULL,NULL,0);
INSERT INTO "events" VALUES(12,1795958006617,'admin.removed','4343',NULL,'root','{"v":1,"origin":"command line","detail":""}',NULL,NULL,0);
INSERT INTO "events" VALUES(13,1795958006873,'mesh.stopped','cinema','cinema',NULL,'{"v":1,"before":"connected","error":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(14,1795958007136,'block.set','vault','vault','root','{"v":1,"reason":"operator","until":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(15,1795958007158,'mesh.stopped','vault','vault',NULL,'{"v":1,"before":"connected","error":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(16,1795958007159,'mesh.blocked','vault','vault',NULL,'{"v":1,"before":"stopped","error":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(17,1795958007164,'permission.set','uptime',NULL,'4242','{"v":1,"origin":"lobby","detail":"default -> admin"}',NULL,NULL,0);
INSERT INTO "events" VALUES(18,1795958007175,'job.queued','1','lobby','4242','{"v":1,"action":"chore","lane":"chores","priority":5,"origin":"chat"}',NULL,NULL,0);
INSERT INTO "events" VALUES(19,1795958007191,'job.started','1','lobby',NULL,'{"v":1,"action":"chore","lane":"chores","priority":5,"origin":"chat","attempt":1}',NULL,NULL,0);
INSERT INTO "events" VALUES(20,1795958010574,'job.requested','1','lobby','4242','{"v":1,"request":"pause","before":"chore active, 1 of 2 items","after":"pause until somebody resumes it"}',NULL,NULL,0);
INSERT INTO "events" VALUES(21,1795958010617,'job.paused','1','lobby',NULL,'{"v":1,"action":"chore","lane":"chores","priority":5,"origin":"chat","attempt":1,"reason":"operator","error":null,"resume_after":null,"preempted_by":null}',NULL,NULL,0);
INSERT INTO "events" VALUES(22,1795958012060,'mesh.usage','lobby','lobby',NULL,'{"v":1,"commands":{"setperm":1,"chore":1,"pause":1}}',NULL,NULL,0);
INSERT INTO "events" VALUES(23,1795958012060,'mesh.stopped','lobby','lobby',NULL,'{"v":1,"before":"connected","error":null}',NULL,NULL,0);
CREATE TABLE job_actions (
    name TEXT PRIMARY KEY,
    -- JSON of features.jobs.model.action.ActionSpec.
    spec TEXT NOT NULL CHECK (json_valid(spec))
) STRICT, WITHOUT ROWID;
INSERT INTO "job_actions" VALUES('chore','{"name": "chore", "priority": 5, "lane": "chores", "retries": null, "retry_delay": null, "timeout": null, "item_timeout": 60.0, "rate_limit": "chore", "source": "meshvisor_plugin_chores", "rate_limit_delay": null, "wait_timeout": null, "deadline": null}');
CREATE TABLE job_chats (
    job_id INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    asked_in TEXT NOT NULL
) STRICT;
INSERT INTO "job_chats" VALUES(1,'78bfca63bae24260b281a3492a0f8174');
CREATE TABLE job_counted (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at INTEGER NOT NULL,
    id INTEGER NOT NULL
) STRICT;
CREATE TABLE job_durations (
    -- Its beginning.
    hour INTEGER NOT NULL,
    action TEXT NOT NULL,
    -- `wait` (from submission to the first start), or the status with which a job has ended.
    measure TEXT NOT NULL,
    -- See features/jobs/supervisor/ledger/durations.py; -1: it never ran.
    bucket INTEGER NOT NULL,
    jobs INTEGER NOT NULL,
    -- Milliseconds.
    total INTEGER NOT NULL,
    longest INTEGER NOT NULL,
    items INTEGER NOT NULL,
    failed_items INTEGER NOT NULL,
    PRIMARY KEY (hour, action, measure, bucket)
) STRICT, WITHOUT ROWID;
CREATE TABLE job_errors (
    at INTEGER NOT NULL,
    job_id INTEGER NOT NULL,
    action TEXT NOT NULL,
    mesh_id TEXT NOT NULL,
    -- `failed`, `interrupted`, or `retry` for an attempt that is followed by another one.
    event TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (at, job_id, event, attempt)
) STRICT, WITHOUT ROWID;
CREATE TABLE job_history (
    job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- A status, or `log` for what the action has said.
    event TEXT NOT NULL,
    -- Why, where the status alone does not tell; the level of a `log`.
    reason TEXT,
    attempt INTEGER NOT NULL,
    detail TEXT,
    PRIMARY KEY (job_id, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO "job_history" VALUES(1,2,1795958007191,'active',NULL,1,NULL);
INSERT INTO "job_history" VALUES(1,3,1795958010574,'log','request',1,'pause by 4242 (lobby)');
INSERT INTO "job_history" VALUES(1,4,1795958010617,'paused','operator',1,NULL);
CREATE TABLE job_holds (
    kind TEXT NOT NULL CHECK (kind = 'all' OR kind = 'lane' OR kind = 'rate_key'),
    name TEXT NOT NULL,
    set_at INTEGER NOT NULL,
    -- When it ends by itself; NULL: when somebody ends it.
    until INTEGER,
    by TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE job_items (
    job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    -- Its place in the job, from 0.
    position INTEGER NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state = 'pending' OR state = 'done' OR state = 'failed' OR state = 'existing'),
    -- JSON.
    result TEXT,
    error TEXT,
    -- In which try of the job it got its state; 0: in none yet.
    attempt INTEGER NOT NULL,
    updated_at INTEGER,
    PRIMARY KEY (job_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "job_items" VALUES(1,0,'one','done','"one"',NULL,1,1795958007194);
INSERT INTO "job_items" VALUES(1,1,'two','pending',NULL,NULL,0,NULL);
CREATE TABLE job_meshes (
    mesh_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO "job_meshes" VALUES('cinema');
INSERT INTO "job_meshes" VALUES('lobby');
INSERT INTO "job_meshes" VALUES('vault');
CREATE TABLE job_reports (
    job_id INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    mesh_id TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what = 'outcome' OR what = 'question'),
    -- When that happened; what happens later makes it obsolete.
    at INTEGER NOT NULL
) STRICT;
CREATE TABLE job_resume (
    job_id INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    -- JSON that the action has kept at a checkpoint.
    state TEXT CHECK (state IS NULL OR json_valid(state)),
    -- Items up to this position are handed out one at a time: several were open when a runner hung
    -- or died, and nobody knows whose fault that was.
    one_by_one INTEGER,
    -- The item at which the last runner died while no other was open, and how often in a row.
    suspect INTEGER,
    deaths INTEGER NOT NULL DEFAULT 0,
    -- Rate limits in a row that asked for no pause, without an item done between them, and how many
    -- items were left at the last one.
    limits INTEGER NOT NULL DEFAULT 0,
    limited_at INTEGER
) STRICT;
CREATE TABLE job_transitions (
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    PRIMARY KEY (before, after)
) STRICT, WITHOUT ROWID;
INSERT INTO "job_transitions" VALUES('active','cancelled');
INSERT INTO "job_transitions" VALUES('active','completed');
INSERT INTO "job_transitions" VALUES('active','failed');
INSERT INTO "job_transitions" VALUES('active','interrupted');
INSERT INTO "job_transitions" VALUES('active','paused');
INSERT INTO "job_transitions" VALUES('cancelled','completed');
INSERT INTO "job_transitions" VALUES('cancelled','queued');
INSERT INTO "job_transitions" VALUES('completed','failed');
INSERT INTO "job_transitions" VALUES('completed','queued');
INSERT INTO "job_transitions" VALUES('failed','completed');
INSERT INTO "job_transitions" VALUES('failed','queued');
INSERT INTO "job_transitions" VALUES('interrupted','active');
INSERT INTO "job_transitions" VALUES('interrupted','cancelled');
INSERT INTO "job_transitions" VALUES('interrupted','completed');
INSERT INTO "job_transitions" VALUES('interrupted','failed');
INSERT INTO "job_transitions" VALUES('interrupted','paused');
INSERT INTO "job_transitions" VALUES('paused','active');
INSERT INTO "job_transitions" VALUES('paused','cancelled');
INSERT INTO "job_transitions" VALUES('paused','completed');
INSERT INTO "job_transitions" VALUES('paused','failed');
INSERT INTO "job_transitions" VALUES('queued','active');
INSERT INTO "job_transitions" VALUES('queued','cancelled');
INSERT INTO "job_transitions" VALUES('queued','completed');
INSERT INTO "job_transitions" VALUES('queued','failed');
INSERT INTO "job_transitions" VALUES('queued','paused');
CREATE TABLE jobs (
    -- The number that people type; never used again, not even after a cleanup.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    action TEXT NOT NULL,
    mesh_id TEXT NOT NULL,
    priority INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 5),
    lane TEXT NOT NULL,
    data TEXT NOT NULL CHECK (json_valid(data)),
    -- Jobs with the same one wait together when one of them meets a rate limit.
    rate_key TEXT NOT NULL,

    -- A user's id, or the account on this machine.
    created_by TEXT NOT NULL,
    created_name TEXT NOT NULL,
    -- Where it comes from: somebody in a chat hears how it goes, others look.
    origin TEXT NOT NULL CHECK (
        origin = 'chat' OR origin = 'command line' OR origin = 'job' OR origin = 'schedule'
        OR origin = 'workflow'),
    -- The chat message that asked for it.
    idempotency_key TEXT,

    status TEXT NOT NULL CHECK (
        status = 'queued' OR status = 'active' OR status = 'paused' OR status = 'interrupted'
        OR status = 'completed' OR status = 'failed' OR status = 'cancelled'),
    pause_reason TEXT CHECK (
        pause_reason = 'preempted' OR pause_reason = 'rate_limited' OR pause_reason = 'operator'
        OR pause_reason = 'retry' OR pause_reason = 'restart' OR pause_reason = 'resumed'),
    -- Whether it waits for nothing but its turn.
    ready INTEGER NOT NULL CHECK (ready IN (0, 1)),
    -- Since when it does, and how urgent waiting had made it when its turn came.
    ready_since INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    -- When something happens by itself: it becomes ready.
    resume_after INTEGER,
    preempted_by INTEGER,
    -- What somebody wants of an active job; it happens at its next item, or after a crash.
    wanted TEXT CHECK (wanted IN ('pause', 'cancel')),
    -- Tries so far, this one included; and runs, of which a try may have several.  A runner says
    -- with everything which run it speaks of: what is said of an earlier one changes nothing.
    attempt INTEGER NOT NULL,
    -- Whether the next run begins a new try.
    next_try INTEGER NOT NULL CHECK (next_try IN (0, 1)),
    run INTEGER NOT NULL,
    error TEXT,
    -- What its creator has not been told yet: how it ended, or a question.
    pending INTEGER NOT NULL CHECK (pending >= 0),
    done INTEGER NOT NULL CHECK (done >= 0),
    failed INTEGER NOT NULL CHECK (failed >= 0),
    existing INTEGER NOT NULL CHECK (existing >= 0),

    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    -- Lines of its own in its history, which keeps only so many.
    log_lines INTEGER NOT NULL DEFAULT 0, target TEXT, options TEXT CHECK (options IS NULL OR json_valid(options)), deadline INTEGER, wait_timeout INTEGER, expires_at INTEGER, ends_as TEXT CHECK (
    ends_as = 'failed' OR ends_as = 'completed' OR ends_as = 'deleted'), end_reason TEXT CHECK (
    end_reason = 'timeout' OR end_reason = 'operator'), stuck_since INTEGER, added INTEGER NOT NULL DEFAULT 0,

    CHECK ((status = 'paused') = (pause_reason IS NOT NULL)),
    CHECK (ready = 0 OR status = 'queued' OR status = 'paused' OR status = 'interrupted'),
    CHECK ((status = 'completed' OR status = 'failed' OR status = 'cancelled')
        = (finished_at IS NOT NULL))
) STRICT;
INSERT INTO "jobs" VALUES(1,'chore','lobby',5,'chores','{}','chore','4242','4242','chat',NULL,'paused','operator',0,1795958010617,5,NULL,NULL,NULL,1,0,1,NULL,1,1,0,0,1795958007175,1795958010617,1795958007191,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0);
CREATE TABLE migrations (
    owner TEXT PRIMARY KEY, -- the kernel, or a feature by its name
    number INTEGER NOT NULL -- of its last step that was applied
) STRICT, WITHOUT ROWID;
INSERT INTO "migrations" VALUES('access',3);
INSERT INTO "migrations" VALUES('fleet',1);
INSERT INTO "migrations" VALUES('jobs',6);
INSERT INTO "migrations" VALUES('kernel',2);
CREATE TABLE permission_descriptions (
    command TEXT PRIMARY KEY, -- in lower case
    description TEXT NOT NULL
) STRICT;
CREATE TABLE rate_limits (
    key TEXT PRIMARY KEY,
    set_at INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE stopped_meshes (
    mesh_id TEXT PRIMARY KEY,
    -- Epoch milliseconds; for people who look.
    stopped_at INTEGER NOT NULL
) STRICT;
INSERT INTO "stopped_meshes" VALUES('cinema',1795958006867);
CREATE TRIGGER credentials_inserted AFTER INSERT ON credentials
BEGIN UPDATE directory_version SET version = version + 1; END;
CREATE TRIGGER credentials_updated AFTER UPDATE ON credentials
BEGIN UPDATE directory_version SET version = version + 1; END;
CREATE TRIGGER credentials_deleted AFTER DELETE ON credentials
BEGIN UPDATE directory_version SET version = version + 1; END;
CREATE TRIGGER admin_users_inserted AFTER INSERT ON admin_users
BEGIN UPDATE directory_version SET version = version + 1; END;
CREATE TRIGGER admin_users_updated AFTER UPDATE ON admin_users
BEGIN UPDATE directory_version SET version = version + 1; END;
CREATE TRIGGER admin_users_deleted AFTER DELETE ON admin_users
BEGIN UPDATE directory_version SET version = version + 1; END;
CREATE TRIGGER command_permissions_inserted AFTER INSERT ON command_permissions
BEGIN UPDATE directory_version SET version = version + 1; END;
CREATE TRIGGER command_permissions_updated AFTER UPDATE ON command_permissions
BEGIN UPDATE directory_version SET version = version + 1; END;
CREATE TRIGGER command_permissions_deleted AFTER DELETE ON command_permissions
BEGIN UPDATE directory_version SET version = version + 1; END;
CREATE INDEX jobs_ready ON jobs (lane, rate_key, priority, id) WHERE ready = 1;
CREATE INDEX jobs_held ON jobs (status, lane, id) WHERE ready = 0 AND finished_at IS NULL;
CREATE INDEX jobs_due ON jobs (resume_after) WHERE resume_after IS NOT NULL;
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX jobs_by_key ON jobs (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE TRIGGER jobs_transition BEFORE UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status AND NOT EXISTS (
    SELECT 1 FROM job_transitions WHERE before = OLD.status AND after = NEW.status)
BEGIN SELECT RAISE(ABORT, 'a job may not become this'); END;
CREATE UNIQUE INDEX job_items_by_key ON job_items (job_id, key);
CREATE INDEX job_items_pending ON job_items (job_id, position) WHERE state = 'pending';
CREATE INDEX jobs_expiring ON jobs (expires_at) WHERE expires_at IS NOT NULL;
CREATE TRIGGER jobs_error AFTER UPDATE OF status ON jobs
WHEN NEW.error IS NOT NULL AND OLD.status <> NEW.status
    AND (NEW.status = 'failed' OR NEW.status = 'interrupted' OR NEW.pause_reason = 'retry')
BEGIN
    INSERT OR IGNORE INTO job_errors (at, job_id, action, mesh_id, event, attempt, error)
    VALUES (
        NEW.updated_at, NEW.id, NEW.action, NEW.mesh_id, coalesce(NEW.pause_reason, NEW.status),
        NEW.attempt, NEW.error);
END;
CREATE TRIGGER jobs_created AFTER INSERT ON jobs WHEN NEW.run >= 0
BEGIN
    INSERT INTO events (at, kind, subject, mesh_id, actor, data)
    VALUES (
        NEW.created_at, 'job.queued', NEW.id, NEW.mesh_id, NEW.created_by,
        json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
            'origin', NEW.origin));
END;
CREATE TRIGGER jobs_opened AFTER UPDATE OF idempotency_key ON jobs WHEN OLD.run < 0 AND NEW.run = 0
BEGIN
    INSERT INTO events (at, kind, subject, mesh_id, actor, data)
    VALUES (
        NEW.updated_at, 'job.queued', NEW.id, NEW.mesh_id, NEW.created_by,
        json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
            'origin', NEW.origin));
END;
CREATE TRIGGER jobs_changed AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status
    AND (NEW.run < 50000 OR (NEW.status <> 'active' AND NEW.status <> 'paused'))
BEGIN
    INSERT INTO job_history (job_id, sequence, at, event, reason, attempt, detail)
    VALUES (
        NEW.id,
        (SELECT coalesce(max(sequence), 1) + 1 FROM job_history WHERE job_id = NEW.id),
        NEW.updated_at, NEW.status, coalesce(NEW.pause_reason, NEW.end_reason), NEW.attempt,
        CASE WHEN NEW.status = 'paused' OR NEW.status = 'interrupted' OR NEW.status = 'failed' THEN
            coalesce(NEW.error, 'by job ' || NEW.preempted_by)
        END);
    INSERT INTO events (at, kind, subject, mesh_id, data)
    VALUES (
        NEW.updated_at,
        CASE NEW.status
            WHEN 'active' THEN
                CASE OLD.status WHEN 'queued' THEN 'job.started' ELSE 'job.resumed' END
            WHEN 'paused' THEN
                CASE NEW.pause_reason WHEN 'preempted' THEN 'job.preempted' ELSE 'job.paused' END
            ELSE 'job.' || NEW.status
        END,
        NEW.id, NEW.mesh_id,
        CASE WHEN NEW.status = 'active' OR NEW.status = 'queued' THEN
            json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
                'origin', NEW.origin, 'attempt', NEW.attempt)
        WHEN NEW.finished_at IS NULL THEN
            json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
                'origin', NEW.origin, 'attempt', NEW.attempt, 'reason', NEW.pause_reason,
                'error', NEW.error, 'resume_after', NEW.resume_after,
                'preempted_by', NEW.preempted_by)
        ELSE
            json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
                'origin', NEW.origin, 'attempt', NEW.attempt, 'reason', NEW.end_reason,
                'error', NEW.error, 'started_at', NEW.started_at, 'pending', NEW.pending,
                'done', NEW.done, 'failed', NEW.failed, 'existing', NEW.existing)
        END);
END;
CREATE TRIGGER jobs_changed_often AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status AND NEW.run >= 50000
    AND (NEW.status = 'active' OR NEW.status = 'paused')
BEGIN
    INSERT INTO events (at, kind, subject, mesh_id, data)
    VALUES (
        NEW.updated_at,
        CASE WHEN NEW.status = 'active' THEN
            CASE OLD.status WHEN 'queued' THEN 'job.started' ELSE 'job.resumed' END
        ELSE CASE NEW.pause_reason WHEN 'preempted' THEN 'job.preempted' ELSE 'job.paused' END END,
        NEW.id, NEW.mesh_id,
        json_object('v', 1, 'action', NEW.action, 'lane', NEW.lane, 'priority', NEW.priority,
            'origin', NEW.origin, 'attempt', NEW.attempt, 'reason', NEW.pause_reason,
            'error', NEW.error, 'resume_after', NEW.resume_after,
            'preempted_by', NEW.preempted_by));
END;
CREATE INDEX job_reports_by_mesh ON job_reports (mesh_id, job_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',1);
COMMIT;
PRAGMA user_version = 21;
