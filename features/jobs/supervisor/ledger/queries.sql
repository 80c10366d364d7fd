-- name: job
-- One job; drafts do not count.
SELECT * FROM jobs WHERE id = ? AND run >= 0;

-- name: job_in_run
-- A job that is in this run.
SELECT * FROM jobs WHERE id = ? AND run = ? AND status = 'active';

-- name: job_by_key
-- The job with an idempotency key.
SELECT * FROM jobs WHERE idempotency_key = ?;

-- name: insert_plain_job
-- Writes a new job that has nothing special: Python's sqlite3 takes half a microsecond to bind a NULL.
INSERT INTO jobs (
    action, mesh_id, priority, lane, data, rate_key, created_by, created_name, origin,
    status, ready, ready_since, rank, attempt, next_try, run, pending, done, failed, existing,
    created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'queued', 1, ?10, ?3, 0, 1, 0, ?11, 0, 0, 0, ?10, ?10);

-- name: insert_job
-- Writes any other one, or a draft.
INSERT INTO jobs (
    action, mesh_id, priority, lane, data, rate_key, created_by, created_name, origin,
    status, ready, ready_since, rank, attempt, next_try, run, pending, done, failed, existing,
    created_at, updated_at, idempotency_key, target, options, deadline, wait_timeout, expires_at,
    place, is_direct)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'queued', ?13, ?10, ?3, 0, 1, ?12, ?11, 0, 0, 0, ?10,
    ?10, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21);

-- name: insert_item
-- Writes an item of a new job.
INSERT INTO job_items (job_id, position, key, state, attempt) VALUES (?, ?, ?, 'pending', 0);

-- name: known_keys
-- Which of some keys a job has already.
SELECT key FROM job_items WHERE job_id = ? AND key IN (SELECT value FROM json_each(?));

-- name: first_keys
-- The keys that a job was submitted with.
SELECT key FROM job_items WHERE job_id = ? ORDER BY position LIMIT ?;

-- name: next_position
-- Where a further item of a job goes.
SELECT coalesce(max(position) + 1, 0) FROM job_items WHERE job_id = ?;

-- name: count_added
-- Counts items that a job has been given while it runs.
UPDATE jobs SET pending = pending + :added, added = added + :added, updated_at = :now
WHERE id = :id;

-- name: open_draft
-- Makes a draft a job that waits for a slot.
UPDATE jobs SET
    run = 0, ready = 1, ready_since = :now, pending = :items, idempotency_key = :key,
    expires_at = :expires_at, updated_at = :now
WHERE id = :id AND run = -1;

-- name: discard_draft
-- Forgets a draft, and its items with it.
DELETE FROM jobs WHERE id = ? AND run = -1;

-- name: discard_drafts
-- Forgets what a crash has left of drafts.
DELETE FROM jobs WHERE ready = 0 AND finished_at IS NULL AND status = 'queued' AND run = ?;

-- name: limited_keys
-- Rate keys that have to wait.
SELECT key FROM rate_limits WHERE until > ?;

-- name: limit_of
-- Until when a rate key has to wait.
SELECT until FROM rate_limits WHERE key = ? AND until > ?;

-- name: lift_limit
-- Forgets a limit before its time.
DELETE FROM rate_limits WHERE key = ?;

-- name: limit_key
-- Lets a rate key wait; a limit is never cut short by a second one.
INSERT INTO rate_limits (key, set_at, until) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET set_at = excluded.set_at, until = max(until, excluded.until);

-- name: end_limits
-- Forgets limits that are over.
DELETE FROM rate_limits WHERE until <= ?;

-- name: next_group
-- The next rate key and priority of a lane for which jobs wait.  Written with >= and the priority
-- behind the last one: for > SQLite walks through all jobs of the last one.
SELECT rate_key, priority FROM jobs
WHERE ready = 1 AND lane = ? AND (rate_key, priority) >= (?, ?)
ORDER BY rate_key, priority LIMIT 1;

-- name: next_lane
-- The next lane in which jobs wait.
SELECT lane FROM jobs WHERE ready = 1 AND lane > ? ORDER BY lane LIMIT 1;

-- name: heads
-- Those that are claimed first within a lane, rate key and priority.
SELECT * FROM jobs
WHERE ready = 1 AND lane = ? AND rate_key = ? AND priority = ? ORDER BY id LIMIT ?;

-- name: claim
-- Hands waiting jobs to a runner: an object of their ranks by their ids.  One statement for all of
-- them, here and below, takes two thirds of the time of one for each.
UPDATE jobs SET
    status = 'active', pause_reason = NULL, ready = 0, rank = turn.value, run = run + 1,
    attempt = attempt + next_try, next_try = 0, resume_after = NULL, preempted_by = NULL,
    wanted = NULL, error = NULL, started_at = coalesce(started_at, :now), updated_at = :now,
    expires_at = deadline
FROM json_each(:ranks) AS turn
WHERE jobs.id = turn.key AND ready = 1;

-- name: complete
-- Ends jobs of whose every item there is an outcome, in the usual case: an object of their runs by
-- their ids.
UPDATE jobs SET
    status = 'completed', error = NULL, finished_at = :now, updated_at = :now, expires_at = NULL
FROM json_each(:runs) AS ended
WHERE jobs.id = ended.key AND run = ended.value AND status = 'active' AND pending = 0
    AND wanted IS NULL AND stuck_since IS NULL;

-- name: park
-- Lets waiting jobs wait for their plug-in, some at a time.
UPDATE jobs SET ready = 0 WHERE id IN (
    SELECT id FROM jobs
    WHERE ready = 1 AND lane = :lane AND rate_key = :rate_key AND priority = :priority
        AND action = :action
    ORDER BY id LIMIT :most);

-- name: unpark
-- Lets jobs that waited for a plug-in wait for a slot.
UPDATE jobs SET ready = 1
WHERE ready = 0 AND finished_at IS NULL AND status <> 'active' AND run >= 0
    AND resume_after IS NULL AND pause_reason IS NOT 'operator'
    AND action IN (SELECT name FROM job_actions)
RETURNING lane;

-- name: pending_items
-- The next items without an outcome.
SELECT position, key FROM job_items
WHERE job_id = ? AND position > ? AND state = 'pending' ORDER BY position LIMIT ?;

-- name: item_outcome
-- Writes what became of an item, once.
UPDATE job_items SET state = ?, result = ?, error = ?, attempt = ?, updated_at = ?
WHERE job_id = ? AND position = ? AND state = 'pending';

-- name: count_outcomes
-- Counts outcomes that were written.
UPDATE jobs SET
    pending = pending - :done - :failed - :existing, done = done + :done,
    failed = failed + :failed, existing = existing + :existing, updated_at = :now,
    stuck_since = NULL
WHERE id = :id
RETURNING *;

-- name: mark_stuck
-- Notes since when a job gets nowhere.
UPDATE jobs SET stuck_since = :since
WHERE id = :id AND run = :run AND status = 'active' AND stuck_since IS NULL
RETURNING *;

-- name: become
-- Ends a run of a job.
UPDATE jobs SET
    status = :status, pause_reason = :pause_reason, ready = :ready, ready_since = :now,
    resume_after = :resume_after, preempted_by = :preempted_by, wanted = NULL, error = :error,
    next_try = :next_try, finished_at = :finished_at, updated_at = :now, lane = coalesce(:lane, lane),
    ends_as = NULL, end_reason = :end_reason, stuck_since = NULL,
    expires_at = CASE WHEN :finished_at IS NULL THEN nullif(
        min(coalesce(deadline, 1 << 62), coalesce(:now + wait_timeout, 1 << 62)), 1 << 62) END
WHERE id = :id
RETURNING *;

-- name: give_back_attempts
-- An item has used up attempts that were its own, and is out of the way.
UPDATE jobs SET attempt = max(1, attempt - ?) WHERE id = ? RETURNING *;

-- name: any_resume
-- Whether anything is known beyond the items of jobs.
SELECT 1 FROM job_resume WHERE job_id > 0 LIMIT 1;

-- name: resumes
-- What some jobs, an array of ids, are handed with their next run.
SELECT job_id, one_by_one, state FROM job_resume
WHERE job_id IN (SELECT value FROM json_each(?));

-- name: suspect_all
-- Has items handed out one at a time.
INSERT INTO job_resume (job_id, one_by_one) VALUES (:job_id, :position)
ON CONFLICT (job_id) DO UPDATE SET one_by_one = :position
WHERE coalesce(one_by_one, -1) < :position;

-- name: count_death
-- Counts deaths of runners at one item.
INSERT INTO job_resume (job_id, suspect, deaths) VALUES (:job_id, :position, 1)
ON CONFLICT (job_id) DO UPDATE SET
    deaths = CASE WHEN suspect = :position THEN deaths + 1 ELSE 1 END, suspect = :position
RETURNING deaths;

-- name: clear_suspects
-- Suspects no item any more.
UPDATE job_resume SET one_by_one = NULL, suspect = NULL, deaths = 0 WHERE job_id = ?;

-- name: count_limit
-- Counts rate limits without a pause since an item was last done.
INSERT INTO job_resume (job_id, limits, limited_at) VALUES (:job_id, 1, :pending)
ON CONFLICT (job_id) DO UPDATE SET
    limits = CASE WHEN limited_at = :pending THEN limits + 1 ELSE 1 END, limited_at = :pending
RETURNING limits;

-- name: touch
-- Takes in that a job gets on, although none of its items is done.
UPDATE jobs SET stuck_since = NULL, updated_at = :now
WHERE id = :id AND run = :run AND status = 'active'
RETURNING *;

-- name: keep_state
-- Keeps what an action wants to find again.
INSERT INTO job_resume (job_id, state) VALUES (:job_id, :state)
ON CONFLICT (job_id) DO UPDATE SET state = :state, limits = 0;

-- name: forget_resume
-- Forgets all of this.
DELETE FROM job_resume WHERE job_id = ?;

-- name: count_log_line
-- Makes room for a line of a job's own in its history, which keeps only so many.
UPDATE jobs SET log_lines = log_lines + 1
WHERE id = ? AND run = ? AND status = 'active' AND log_lines < ?
RETURNING attempt;

-- name: log
-- Writes such a line.
INSERT INTO job_history (job_id, sequence, at, event, reason, attempt, detail)
SELECT :id, coalesce(max(sequence), 2) + 1, :now, 'log', :level, :attempt, :text
FROM job_history WHERE job_id = :id;

-- name: keep_start
-- Writes when a job has started first, unless that is written.
INSERT OR IGNORE INTO job_history (job_id, sequence, at, event, reason, attempt, detail)
SELECT id, 2, started_at, 'active', NULL, 1, NULL FROM jobs
WHERE id = ? AND started_at IS NOT NULL AND run > (
    SELECT count(*) FROM job_history WHERE job_id = jobs.id AND event = 'active');

-- name: keep_end
-- Writes that a job was completed, unless that is written.
INSERT INTO job_history (job_id, sequence, at, event, reason, attempt, detail)
SELECT id, (SELECT coalesce(max(sequence), 2) + 1 FROM job_history WHERE job_id = jobs.id),
    finished_at, status, NULL, attempt, NULL
FROM jobs
WHERE id = ? AND status = 'completed' AND end_reason IS NULL AND (
    SELECT event FROM job_history WHERE job_id = jobs.id AND event <> 'log'
    ORDER BY sequence DESC LIMIT 1) IS NOT 'completed';

-- name: attempt
-- In which attempt a run is.
SELECT attempt FROM jobs WHERE id = ? AND run = ? AND status = 'active';

-- name: remove_traceback
-- Forgets what an earlier attempt has raised.
DELETE FROM job_history WHERE job_id = ? AND event = 'log' AND reason = ?;

-- name: traceback
-- What the last attempt has raised.
SELECT detail FROM job_history WHERE job_id = ? AND event = 'log' AND reason = ?
ORDER BY sequence DESC LIMIT 1;

-- name: want
-- Keeps the operation that is requested of a job that runs.
UPDATE jobs SET wanted = :wanted, resume_after = :until, updated_at = :now
WHERE id = :id RETURNING *;

-- name: want_end
-- Keeps as what a job that runs is to end.
UPDATE jobs SET
    wanted = 'cancel', resume_after = NULL, ends_as = :ends_as, end_reason = :end_reason,
    error = :error, expires_at = NULL, updated_at = :now
WHERE id = :id RETURNING *;

-- name: hold
-- Pauses a job that does not run.
UPDATE jobs SET
    status = 'paused', pause_reason = 'operator', ready = 0, resume_after = :until,
    preempted_by = NULL, updated_at = :now
WHERE id = :id
RETURNING *;

-- name: release
-- Lets a job that does not run wait for a slot.
UPDATE jobs SET
    ready = 1, ready_since = :now, resume_after = NULL, updated_at = :now,
    pause_reason = CASE WHEN status = 'paused' THEN 'resumed' END
WHERE id = :id
RETURNING *;

-- name: cancel
-- Ends a job that does not run.
UPDATE jobs SET
    status = 'cancelled', pause_reason = NULL, ready = 0, resume_after = NULL,
    preempted_by = NULL, wanted = NULL, finished_at = :now, updated_at = :now, expires_at = NULL
WHERE id = :id
RETURNING *;

-- name: end
-- Gives a job that does not run another end than the one that it would have had.
UPDATE jobs SET
    status = :status, pause_reason = NULL, ready = 0, resume_after = NULL, preempted_by = NULL,
    wanted = NULL, error = :error, end_reason = :end_reason, expires_at = NULL,
    finished_at = :now, updated_at = :now
WHERE id = :id
RETURNING *;

-- name: move
-- Gives a job that does not run another priority and lane.
UPDATE jobs SET priority = :priority, lane = :lane, updated_at = :now WHERE id = :id RETURNING *;

-- name: items_by_key
-- Those of some keys (a JSON array) that a job has.
SELECT position, key, state FROM job_items
WHERE job_id = :id AND key IN (SELECT value FROM json_each(:keys));

-- name: set_item
-- Writes by hand what became of an item, whatever was written before.
UPDATE job_items SET state = ?, result = ?, error = ?, attempt = ?, updated_at = ?
WHERE job_id = ? AND position = ?;

-- name: recount
-- Counts items of a job whose states were changed by hand.
UPDATE jobs SET
    pending = pending + :pending, done = done + :done, failed = failed + :failed,
    existing = existing + :existing, updated_at = :now
WHERE id = :id
RETURNING *;

-- name: expired
-- Jobs that have waited too long, or were to have ended by now.
SELECT * FROM jobs WHERE expires_at <= :now ORDER BY expires_at LIMIT :most;

-- name: forget_failures
-- Makes failed items pending again.
UPDATE job_items SET state = 'pending', result = NULL, error = NULL, updated_at = NULL
WHERE job_id = ? AND state = 'failed';

-- name: requeue
-- Queues a finished job anew, in the lane that it was submitted to.  `failed` counts the items that
-- were made pending again.
UPDATE jobs SET
    lane = CASE WHEN lane LIKE '%~alone' THEN substr(lane, 1, length(lane) - 6) ELSE lane END,
    status = 'queued', ready = 1, ready_since = :now, resume_after = NULL, preempted_by = NULL,
    attempt = 0, next_try = 1, error = NULL, pending = pending + :failed,
    failed = failed - :failed, started_at = NULL, finished_at = NULL, updated_at = :now,
    end_reason = NULL, deadline = :now + (options ->> '$.deadline') * 1000,
    expires_at = nullif(min(
        coalesce(:now + (options ->> '$.deadline') * 1000, 1 << 62),
        coalesce(:now + wait_timeout, 1 << 62)), 1 << 62)
WHERE id = :id
RETURNING *;

-- name: active
-- Jobs that a runner has, or had.
SELECT id, run FROM jobs WHERE ready = 0 AND finished_at IS NULL AND status = 'active';

-- name: active_lanes
-- Lanes in which a runner has a job.
SELECT DISTINCT lane FROM jobs WHERE ready = 0 AND finished_at IS NULL AND status = 'active';

-- name: active_in
-- Jobs of one lane that a runner has.
SELECT * FROM jobs WHERE ready = 0 AND finished_at IS NULL AND status = 'active' AND lane = ? ORDER BY id;

-- name: bound_waits
-- After the clock was set back, a wait is no longer than it was.
UPDATE jobs SET resume_after = :now + max(0, resume_after - updated_at), updated_at = :now
WHERE resume_after IS NOT NULL AND updated_at > :now;

-- name: bound_deadlines
-- Neither is the time within which it has to run; before `bound_waits`.
UPDATE jobs SET
    deadline = :now + max(0, deadline - updated_at),
    expires_at = :now + max(0, expires_at - updated_at)
WHERE expires_at IS NOT NULL AND updated_at > :now;

-- name: bound_limits
-- Neither is a rate limit.
UPDATE rate_limits SET until = :now + max(0, until - set_at), set_at = :now WHERE set_at > :now;

-- name: bound_since
-- No job waits since a moment that is still to come.
UPDATE jobs SET ready_since = :now WHERE ready = 1 AND ready_since > :now;

-- name: promote
-- Lets jobs whose pause is over wait for a slot.
UPDATE jobs SET ready = 1, ready_since = :now, resume_after = NULL, updated_at = :now,
    pause_reason = CASE pause_reason WHEN 'operator' THEN 'resumed' ELSE pause_reason END
WHERE id IN (
    SELECT id FROM jobs WHERE resume_after <= :now AND status <> 'active'
    ORDER BY resume_after LIMIT :most)
RETURNING *;

-- name: next_due
-- The moments at which the next pause ends, the next job expires, the next limit and the next hold
-- end, the last limit does, and whether there is a hold at all.  One that runs and is to pause until then
-- has its moment already.
SELECT
    (SELECT min(resume_after) FROM jobs WHERE resume_after IS NOT NULL AND status <> 'active'),
    (SELECT min(expires_at) FROM jobs WHERE expires_at IS NOT NULL),
    (SELECT min(until) FROM rate_limits), (SELECT min(until) FROM job_holds),
    (SELECT max(until) FROM rate_limits), (SELECT max(kind) FROM job_holds);

-- name: shift_jobs
-- Moves all waits with the clock, and since when they are waited for.
UPDATE jobs SET
    resume_after = resume_after + ?1, ready_since = ready_since + ?1, updated_at = updated_at + ?1,
    deadline = deadline + ?1, expires_at = expires_at + ?1
WHERE resume_after IS NOT NULL OR ready = 1 OR expires_at IS NOT NULL;

-- name: shift_limits
-- Moves all limits with the clock.
UPDATE rate_limits SET set_at = set_at + ?1, until = until + ?1;

-- name: finished_before
-- Jobs that ended before a moment.
SELECT id FROM jobs WHERE finished_at < ? ORDER BY finished_at LIMIT ?;

-- name: remove_items
-- Removes some items of a job.
DELETE FROM job_items WHERE job_id = ?1 AND position IN (
    SELECT position FROM job_items WHERE job_id = ?1 ORDER BY position LIMIT ?2);

-- name: hide
-- Hides a job that is removed in several steps; the next cleanup goes on.
UPDATE jobs SET run = ?, idempotency_key = NULL, finished_at = 0 WHERE id = ?;

-- name: remove_history
-- Removes some of a job's history.
DELETE FROM job_history WHERE job_id = ?1 AND sequence IN (
    SELECT sequence FROM job_history WHERE job_id = ?1 ORDER BY sequence LIMIT ?2);

-- name: remove_job
-- Removes a job and what is left of its history.
DELETE FROM jobs WHERE id = ?;

-- name: forget_actions
-- Forgets what plug-ins have declared.
DELETE FROM job_actions;

-- name: keep_action
-- Remembers what a plug-in declares.
INSERT OR REPLACE INTO job_actions (name, spec) VALUES (?, ?);

-- name: actions
-- What plug-ins have declared.
SELECT spec FROM job_actions ORDER BY name;

-- name: keep_mesh
-- Remembers a mesh.
INSERT OR IGNORE INTO job_meshes (mesh_id) VALUES (?);

-- name: meshes
-- Meshes that were ever seen.
SELECT mesh_id FROM job_meshes;

-- name: list_jobs
-- Jobs that match, newest first.
SELECT * FROM jobs
WHERE id < :before AND run >= 0
    AND (:statuses IS NULL OR instr(:statuses, ',' || status || ',') > 0)
    AND (:action IS NULL OR action = :action)
    AND (:mesh_id IS NULL OR mesh_id = :mesh_id)
    AND (:lane IS NULL OR lane = :lane)
    AND (:created_by IS NULL OR created_by = :created_by)
    AND (:target IS NULL OR target = :target)
    AND is_direct <= :direct
ORDER BY id DESC LIMIT :limit;

-- name: list_held
-- Jobs that run, or wait for more than a slot.
SELECT * FROM jobs
WHERE ready = 0 AND finished_at IS NULL AND run >= 0
ORDER BY status, lane, id LIMIT ?;

-- name: list_ready
-- Jobs that wait for a slot.
SELECT * FROM jobs WHERE ready = 1 ORDER BY lane, rate_key, priority, id LIMIT ?;

-- name: count_open
-- How many jobs are not finished.
SELECT (SELECT count(*) FROM jobs WHERE ready = 1)
    + (SELECT count(*) FROM jobs
        WHERE ready = 0 AND finished_at IS NULL AND run >= 0);

-- name: list_interrupted
-- Jobs that a crash has interrupted, answered or not.
SELECT * FROM jobs WHERE ready = 0 AND finished_at IS NULL AND status = 'interrupted'
UNION ALL SELECT * FROM jobs INDEXED BY jobs_ready WHERE ready = 1 AND status = 'interrupted'
ORDER BY id;

-- name: history
-- What happened to a job, newest first, but for what its row says; numbers 1 and 2 are its first entries.
SELECT sequence, at, event, reason, attempt, detail FROM job_history
WHERE job_id = ? ORDER BY sequence DESC LIMIT ?;

-- name: list_items
-- Items of a job.
SELECT position, key, state, result, error, attempt, updated_at FROM job_items
WHERE job_id = :job_id AND position > :after
    AND (:states IS NULL OR instr(:states, ',' || state || ',') > 0)
ORDER BY position LIMIT :limit;

-- name: list_pending
-- Items of a job without an outcome.
SELECT position, key, state, result, error, attempt, updated_at FROM job_items
WHERE job_id = ? AND position > ? AND state = 'pending' ORDER BY position LIMIT ?;

-- name: count_group
-- How many jobs of a rate key and priority wait before one of them.
SELECT count(*) FROM jobs
WHERE ready = 1 AND lane = ? AND rate_key = ? AND priority = ? AND id < ?;

-- name: list_ahead
-- The jobs that are claimed before a waiting one.
SELECT * FROM jobs
WHERE ready = 1 AND lane = :lane
    AND (priority < :priority OR (priority = :priority AND id < :id))
LIMIT :limit;

-- name: coming_back
-- Jobs whose pauses end by themselves, the next one first.
SELECT * FROM jobs
WHERE resume_after > 0 AND status <> 'active' AND (:lane IS NULL OR lane = :lane)
ORDER BY resume_after LIMIT :limit;

-- name: pace
-- How long the last jobs of an action took: for each item, and without any.
SELECT sum(finished_at - started_at) * 1.0 / max(1, sum(done + failed + existing)),
    avg(finished_at - started_at)
FROM (
    SELECT * FROM (
        SELECT * FROM jobs WHERE finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 1000)
    WHERE status = 'completed' AND action = ? LIMIT 20);

-- name: paused_counts
-- Paused jobs by their reasons.
SELECT pause_reason, count(*) FROM (
    SELECT pause_reason FROM jobs
    WHERE ready = 0 AND finished_at IS NULL AND status = 'paused'
    UNION ALL SELECT pause_reason FROM jobs WHERE ready = 1 AND status = 'paused')
GROUP BY pause_reason;

-- name: miscounted
-- Jobs that have fewer items than they know of, and how many are missing.
SELECT jobs.id, jobs.pending + jobs.done + jobs.failed + jobs.existing - count(job_items.job_id)
FROM jobs LEFT JOIN job_items ON job_items.job_id = jobs.id
WHERE jobs.run >= 0
GROUP BY jobs.id
HAVING jobs.pending + jobs.done + jobs.failed + jobs.existing > count(job_items.job_id);

-- name: count_anew
-- Counts the items of all jobs.
UPDATE jobs SET (pending, done, failed, existing) = (
    SELECT count(*) FILTER (WHERE state = 'pending'), count(*) FILTER (WHERE state = 'done'),
        count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'existing')
    FROM job_items WHERE job_id = jobs.id)
WHERE run >= 0;

-- name: total_anew
-- Counts the finished jobs.
UPDATE job_totals SET jobs = (
    SELECT count(*) FROM jobs WHERE finished_at IS NOT NULL AND jobs.status = job_totals.status);

-- name: note_loss
-- Writes into a job's history what it has lost.
INSERT INTO job_history (job_id, sequence, at, event, reason, attempt, detail)
SELECT :id, coalesce(max(sequence), 2) + 1, :now, 'log', 'error', 0, :text
FROM job_history WHERE job_id = :id;
