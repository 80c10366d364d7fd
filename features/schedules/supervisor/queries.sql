-- name: definitions
-- What was made or changed at run time, by name, behind one of them.
SELECT name, definition FROM schedules WHERE name > :after ORDER BY name LIMIT :limit;

-- name: definition
-- What was changed of one schedule.
SELECT definition FROM schedules WHERE name = ?;

-- name: save_definition
-- Makes or replaces what was changed of a schedule.
INSERT INTO schedules (name, definition, updated_at, updated_by)
VALUES (:name, :definition, :now, :by)
ON CONFLICT (name) DO UPDATE SET
    definition = excluded.definition,
    updated_at = excluded.updated_at,
    updated_by = excluded.updated_by;

-- name: remove_definition
-- Forgets it.
DELETE FROM schedules WHERE name = ?;

-- name: position
-- How far one schedule is.
SELECT settled_until, timing, zone FROM schedule_positions WHERE name = ?;

-- name: set_position
-- Notes how far a schedule is, and when there is something to do with it.
INSERT INTO schedule_positions
    (name, settled_until, timing, next_at, zone, action, mesh, problem, digest, is_stale)
VALUES (
    :name, :settled_until, :timing, :next_at, :zone, :action, :mesh, :problem, :digest, 0)
ON CONFLICT (name) DO UPDATE SET
    settled_until = excluded.settled_until,
    timing = excluded.timing,
    next_at = excluded.next_at,
    zone = excluded.zone,
    action = excluded.action,
    mesh = excluded.mesh,
    problem = excluded.problem,
    digest = excluded.digest,
    is_stale = 0;

-- name: settle
-- Notes that planned times have their fires, unless the schedule has changed since they were found.
UPDATE schedule_positions SET settled_until = :until, next_at = :next_at
WHERE name = :name AND settled_until = :since AND timing = :timing AND is_stale = 0;

-- name: set_trouble
-- Notes that planned times of a schedule have come to no good.
UPDATE schedule_positions SET trouble = :trouble, trouble_since = :at
WHERE name = :name AND trouble IS NULL;

-- name: trouble
-- What its latest planned times have come to.
SELECT trouble, trouble_since FROM schedule_positions WHERE name = ? AND trouble IS NOT NULL;

-- name: clear_trouble
-- Notes that a schedule runs as it should.
UPDATE schedule_positions SET trouble = NULL, trouble_since = NULL WHERE name = ?;

-- name: dependencies
-- Schedules that one runs after.
SELECT earlier FROM schedule_dependencies WHERE schedule = ?;

-- name: dependents
-- Schedules that run after one.
SELECT schedule FROM schedule_dependencies WHERE earlier = ?;

-- name: add_dependency
-- Has a schedule run after another one.
INSERT INTO schedule_dependencies (earlier, schedule) VALUES (:earlier, :schedule)
ON CONFLICT (earlier, schedule) DO NOTHING;

-- name: remove_dependency
-- Has it do so no more.
DELETE FROM schedule_dependencies WHERE earlier = :earlier AND schedule = :schedule;

-- name: note_success
-- Notes that a schedule has succeeded, for all that run after it.
UPDATE schedule_dependencies SET succeeded_at = :at WHERE earlier = :earlier RETURNING schedule;

-- name: all_succeeded
-- Has a schedule run now that nothing is missing any more.
UPDATE schedule_positions SET next_at = :at
WHERE name = :schedule AND timing <> '' AND problem IS NULL AND next_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM schedule_dependencies WHERE schedule = :schedule AND succeeded_at IS NULL);

-- name: succeeded_at
-- When the last of those that a schedule runs after has succeeded; NULL: one has not.
SELECT CASE WHEN count(*) = count(succeeded_at) THEN max(succeeded_at) END
FROM schedule_dependencies WHERE schedule = ?;

-- name: begin_again
-- Has a schedule wait anew for those that it runs after.
UPDATE schedule_dependencies SET succeeded_at = NULL WHERE schedule = ?;

-- name: forget_position
-- Of a schedule that is gone.
DELETE FROM schedule_positions WHERE name = ?;

-- name: due
-- Schedules with which there is something to do, and what was changed of each.
SELECT p.name, p.settled_until, p.timing, p.next_at, s.definition
FROM schedule_positions AS p INDEXED BY schedule_positions_due LEFT JOIN schedules AS s USING (name)
WHERE p.next_at IS NOT NULL AND p.is_stale = 0 AND p.next_at <= :now
ORDER BY p.next_at LIMIT :most;

-- name: newest_due
-- The same, those first that have just come due.
SELECT p.name, p.settled_until, p.timing, p.next_at, s.definition
FROM schedule_positions AS p INDEXED BY schedule_positions_due LEFT JOIN schedules AS s USING (name)
WHERE p.next_at IS NOT NULL AND p.is_stale = 0 AND p.next_at <= :now
ORDER BY p.next_at DESC LIMIT :most;

-- name: next_at
-- When there is something to do next.
SELECT min(next_at) FROM schedule_positions INDEXED BY schedule_positions_due
WHERE next_at IS NOT NULL AND is_stale = 0;

-- name: stale
-- Schedules that have to be looked at anew; the first to fire come first.
SELECT name FROM schedule_positions INDEXED BY schedule_positions_stale
WHERE is_stale = 1 ORDER BY next_at LIMIT :most;

-- name: ahead
-- Schedules whose times were settled by a clock that was wrong.
SELECT name FROM schedule_positions WHERE settled_until > :moment;

-- name: digests
-- Schedules that the settings had, and the sums of their entries.
SELECT name, digest FROM schedule_positions WHERE digest IS NOT NULL;

-- name: without_position
-- Schedules of which it is not known how far they are.
SELECT name FROM schedules AS s
WHERE NOT EXISTS (SELECT 1 FROM schedule_positions AS p WHERE p.name = s.name);

-- name: without_definition
-- Schedules that there are no more.
SELECT name FROM schedule_positions AS p
WHERE digest IS NULL AND NOT EXISTS (SELECT 1 FROM schedules AS s WHERE s.name = p.name);

-- name: actions
-- How many schedules that fire have which action, and whether a mesh; and the first of each.
SELECT action, mesh, count(*), min(name) FROM schedule_positions
INDEXED BY schedule_positions_actions WHERE action <> '' GROUP BY action, mesh;

-- name: problems
-- Schedules that do not run, and why.
SELECT name, problem FROM schedule_positions INDEXED BY schedule_positions_problems
WHERE problem IS NOT NULL ORDER BY name LIMIT :most;

-- name: count_problems
-- How many there are.
SELECT count(*) FROM schedule_positions INDEXED BY schedule_positions_problems
WHERE problem IS NOT NULL;

-- name: zones_in_use
-- Zones of schedules.
SELECT DISTINCT zone FROM schedule_positions WHERE zone <> '';

-- name: zones
-- With which rules times were computed.
SELECT zone, rules FROM schedule_zones;

-- name: note_zone
-- Notes rules of a zone, unless some are noted.
INSERT INTO schedule_zones (zone, rules) VALUES (?, ?) ON CONFLICT (zone) DO NOTHING;

-- name: forget_zone
-- Forgets them.
DELETE FROM schedule_zones WHERE zone = ?;

-- name: zone_changed
-- Has all schedules of a zone looked at anew.
UPDATE schedule_positions SET is_stale = 1 WHERE zone = ?;

-- name: default_zone_changed
-- Has all schedules looked at anew that name no zone.
UPDATE schedule_positions SET is_stale = 1 WHERE name IN (
    SELECT name FROM schedules WHERE coalesce(json_extract(definition, '$.timezone'), '') = '');

-- name: add_fire
-- Adds a planned time that has come, unless it has its fire.
INSERT INTO schedule_fires (schedule, planned_at, state, reason, started_by, at)
VALUES (:schedule, :planned_at, :state, :reason, :started_by, :now)
ON CONFLICT (schedule, planned_at) DO NOTHING;

-- name: fire
-- Says whether a moment has its fire.
SELECT 1 FROM schedule_fires WHERE schedule = ? AND planned_at = ?;

-- name: submit_fire
-- Notes the job of a fire.
UPDATE schedule_fires SET state = 'submitted', job_id = :job_id, reason = NULL
WHERE schedule = :schedule AND planned_at = :planned_at;

-- name: skip_fire
-- Notes that a fire that waits does not run.
UPDATE schedule_fires SET state = 'skipped', reason = :reason
WHERE schedule = :schedule AND planned_at = :planned_at AND state = 'waiting';

-- name: open_fires
-- Fires of a schedule that wait, or whose end is not noted.  Without the index named, all of its
-- history is read.
SELECT planned_at, state, job_id, started_by FROM schedule_fires INDEXED BY schedule_fires_open
WHERE schedule = ? AND (state = 'waiting' OR (state = 'submitted' AND ended_at IS NULL))
ORDER BY planned_at;

-- name: waiting_schedules
-- Schedules with fires that wait.
SELECT DISTINCT schedule FROM schedule_fires
WHERE (state = 'waiting' OR (state = 'submitted' AND ended_at IS NULL)) AND state = 'waiting';

-- name: end_fire
-- Notes how the job of a fire has ended.
UPDATE schedule_fires SET outcome = :outcome, ended_at = :at, attempt = :attempt,
    duration_ms = :duration_ms, error = :error, traceback = :traceback
WHERE job_id = :job_id RETURNING schedule, planned_at;

-- name: history
-- Fires of a schedule before a moment, newest first.
SELECT planned_at, state, reason, started_by, job_id, outcome, attempt, duration_ms, error, traceback
FROM schedule_fires WHERE schedule = :schedule AND planned_at < :before
ORDER BY planned_at DESC LIMIT :limit;

-- name: newest_runs
-- Runs of all schedules, newest first, and when each became what it is.
SELECT schedule, planned_at, coalesce(ended_at, at) FROM schedule_fires
INDEXED BY schedule_fires_by_time WHERE job_id IS NOT NULL ORDER BY planned_at DESC LIMIT :limit;

-- name: runs_of_names
-- The same of schedules whose names are between two.
SELECT schedule, planned_at, coalesce(ended_at, at) FROM schedule_fires
WHERE schedule >= :first AND schedule < :last AND job_id IS NOT NULL
ORDER BY planned_at DESC LIMIT :limit;

-- name: runs_at_times
-- The same of one schedule, whose planned times begin with some digits.
SELECT schedule, planned_at, coalesce(ended_at, at) FROM schedule_fires
WHERE schedule = :schedule AND CAST(planned_at AS TEXT) GLOB :planned AND job_id IS NOT NULL
ORDER BY planned_at DESC LIMIT :limit;

-- name: run
-- When a run became what it is.
SELECT coalesce(ended_at, at) FROM schedule_fires
WHERE schedule = :schedule AND planned_at = :planned_at AND job_id IS NOT NULL;

-- name: outcomes
-- What became of planned times of a schedule since a moment, and how late each was noticed.
SELECT state, outcome, duration_ms, CASE WHEN started_by IS NULL THEN at - planned_at END
FROM schedule_fires WHERE schedule = :schedule AND planned_at >= :since;

-- name: outdated
-- Fires that were kept long enough, the oldest first.
SELECT schedule, planned_at FROM schedule_fires
WHERE planned_at < :before AND state <> 'waiting' AND (job_id IS NULL OR ended_at IS NOT NULL)
ORDER BY planned_at LIMIT :most;

-- name: outdated_of
-- The same of one schedule.
SELECT schedule, planned_at FROM schedule_fires
WHERE schedule = :schedule AND planned_at < :before AND state <> 'waiting'
    AND (job_id IS NULL OR ended_at IS NOT NULL)
ORDER BY planned_at LIMIT :most;

-- name: count_outdated
-- How many of them there are.
SELECT count(*) FROM schedule_fires
WHERE planned_at < :before AND state <> 'waiting' AND (job_id IS NULL OR ended_at IS NOT NULL);

-- name: remove_fire
-- Removes one.
DELETE FROM schedule_fires WHERE schedule = ? AND planned_at = ?;
