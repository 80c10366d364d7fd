-- name: same
-- The newest notification with a key whose window is open, and whether a message of it has gone out.
SELECT id, lines, window_until, EXISTS (
    SELECT 1 FROM notification_deliveries
    WHERE notification_id = notifications.id AND state IN ('sending', 'sent', 'digested'))
FROM notifications
WHERE key = :key AND user_id IS :user_id AND window_until > :now
ORDER BY id DESC LIMIT 1;

-- name: add
-- Adds a notification.
INSERT INTO notifications (
    created_at, updated_at, state, reason, severity, title, many, text, lines, count, key,
    window_until, user_id, mesh_id, source)
VALUES (:now, :now, :state, :reason, :severity, :title, :many, :text, :lines, 1, :key,
    :window_until, :user_id, :mesh_id, :source)
RETURNING id;

-- name: add_delivery
-- Adds a way of a notification.
INSERT INTO notification_deliveries (
    notification_id, channel, state, rank, due_at, is_prompt, can_gather, reason, changed_at)
VALUES (:notification_id, :channel, 'pending', :rank, :due_at, :is_prompt, :can_gather, :reason,
    :now);

-- name: count_up
-- Counts one more of a notification.
UPDATE notifications SET count = count + 1, updated_at = :now, lines = :lines, text = :text,
    severity = max(severity, :severity)
WHERE id = :id;

-- name: tell_again
-- Has what was counted after it was sent be sent when the window is over.
UPDATE notification_deliveries
SET state = 'pending', is_prompt = 1, attempts = 0, reason = 'counted', changed_at = :now,
    due_at = max(due_at, (SELECT window_until FROM notifications WHERE id = :id))
WHERE notification_id = :id AND state IN ('sent', 'digested');

-- name: shown
-- Columns of a notification as it is listed.
SELECT id, created_at, updated_at, state, reason, severity, title, many, text, lines, count, key,
    user_id, mesh_id, source
FROM notifications WHERE id = ?;

-- name: listed
-- Notifications, newest first.
SELECT id, created_at, updated_at, state, reason, severity, title, many, text, lines, count, key,
    user_id, mesh_id, source
FROM notifications
WHERE id < :before AND (:state IS NULL OR state = :state) AND severity >= :severity
    AND (:user_id IS NULL OR user_id = :user_id)
    AND (:channel IS NULL OR id IN (
        SELECT notification_id FROM notification_deliveries WHERE channel = :channel))
ORDER BY id DESC LIMIT :limit;

-- name: deliveries
-- The ways of a notification.
SELECT channel, state, due_at, attempts, reason, changed_at FROM notification_deliveries
WHERE notification_id = ? ORDER BY id;

-- name: settle
-- Says where a notification stands, after one of its deliveries has changed.
UPDATE notifications SET updated_at = :now, state = coalesce((
    SELECT state FROM notification_deliveries WHERE notification_id = :id
    ORDER BY instr('sending pending failed sent digested suppressed', state) LIMIT 1), state)
WHERE id = :id;

-- name: due
-- Deliveries of a channel that are due, the worst first.
SELECT id, notification_id, can_gather, rank
FROM notification_deliveries INDEXED BY deliveries_due
WHERE channel = :channel AND state = 'pending' AND due_at <= :now
ORDER BY rank DESC, due_at, id LIMIT :limit;

-- name: due_to_gather
-- Deliveries of a channel that are due and may be in a message with others.
SELECT id, notification_id FROM notification_deliveries INDEXED BY deliveries_due
WHERE channel = :channel AND state = 'pending' AND due_at <= :now AND can_gather = 1
    AND attempts = 0
ORDER BY rank DESC, due_at, id LIMIT :limit;

-- name: due_channels
-- Channels that have something due.
SELECT DISTINCT channel FROM notification_deliveries WHERE state = 'pending' AND due_at <= :now;

-- name: digest
-- Notes that a delivery is in a message with others.
UPDATE notification_deliveries
SET state = 'digested', reason = :reason, changed_at = :now,
    told = (SELECT count FROM notifications WHERE id = notification_id)
WHERE id = :id;

-- name: lease
-- Hands out a delivery.
UPDATE notification_deliveries
SET state = 'sending', attempts = attempts + 1, lease = :lease, reason = NULL, changed_at = :now,
    told = :told
WHERE id = :id RETURNING attempts;

-- name: keep_window
-- Begins the next window of what was counted; what comes after several is another notification.
UPDATE notifications SET window_until = :until WHERE id = :id AND count > 1 AND many = '';

-- name: leased
-- A delivery that was handed out.
SELECT notification_id, channel, attempts,
    (SELECT created_at FROM notifications WHERE id = notification_id)
FROM notification_deliveries WHERE id = :id AND state = 'sending' AND lease = :lease;

-- name: sent
-- Notes that it was delivered.
UPDATE notification_deliveries SET state = 'sent', lease = NULL, reason = NULL, changed_at = :now
WHERE id = :id;

-- name: grown
-- Says whether more was counted than was sent.
SELECT notifications.count > notification_deliveries.told FROM notification_deliveries
JOIN notifications ON notifications.id = notification_deliveries.notification_id
WHERE notification_deliveries.id = ?;

-- name: put_off
-- Has a delivery be tried again later.
UPDATE notification_deliveries
SET state = 'pending', lease = NULL, is_prompt = 1, due_at = :due_at, reason = :reason,
    attempts = attempts - :uncounted, changed_at = :now
WHERE id = :id;

-- name: give_up
-- Gives a delivery up.
UPDATE notification_deliveries SET state = 'failed', lease = NULL, reason = :reason,
    changed_at = :now
WHERE id = :id;

-- name: give_up_channel
-- Gives up what waits for a channel that there is no more.
UPDATE notification_deliveries SET state = 'failed', reason = :reason, changed_at = :now
WHERE channel = :channel AND state = 'pending' AND due_at <= :now
RETURNING notification_id;

-- name: release
-- Takes back what was handed out to a runner that is gone.
UPDATE notification_deliveries
SET state = 'pending', lease = NULL, is_prompt = 1, due_at = :now, changed_at = :now,
    reason = 'it is unknown whether the last attempt has reached anybody'
WHERE state = 'sending' AND (:lease IS NULL OR lease = :lease)
RETURNING id, notification_id, channel, attempts;

-- name: is_leased
-- Says whether a runner has something.
SELECT EXISTS (SELECT 1 FROM notification_deliveries WHERE state = 'sending' AND lease = :lease);

-- name: suppress
-- Drops the pending ways of a notification that were never handed out.
UPDATE notification_deliveries SET state = 'suppressed', reason = :reason, changed_at = :now
WHERE notification_id = :id AND state = 'pending' AND told = 0;

-- name: next_due
-- When each of some channels has something to be sent at its moment, and until when it is paused.
SELECT given.value,
    (SELECT min(due_at) FROM notification_deliveries
        WHERE channel = given.value AND state = 'pending' AND is_prompt >= :least),
    coalesce(notification_channels.paused_until, 0)
FROM json_each(:channels) AS given
LEFT JOIN notification_channels ON notification_channels.channel = given.value;

-- name: channel
-- How a channel is.
SELECT paused_until, failures, error, minute, used, sent_at FROM notification_channels
WHERE channel = ?;

-- name: use
-- Counts messages that a channel is given within a minute.
INSERT INTO notification_channels (channel, minute, used, paused_until)
VALUES (:channel, :minute, :used, :paused_until)
ON CONFLICT (channel) DO UPDATE SET minute = excluded.minute,
    used = iif(minute = excluded.minute, used, 0) + excluded.used,
    paused_until = max(paused_until, excluded.paused_until);

-- name: works
-- Notes that a channel has taken a message.
INSERT INTO notification_channels (channel, sent_at) VALUES (:channel, :now)
ON CONFLICT (channel) DO UPDATE SET sent_at = excluded.sent_at, failures = 0, paused_until = 0,
    error = NULL;

-- name: pause
-- Leaves a channel alone for a while.
INSERT INTO notification_channels (channel, paused_until, failures, error)
VALUES (:channel, :until, 1, :error)
ON CONFLICT (channel) DO UPDATE SET paused_until = max(paused_until, excluded.paused_until),
    failures = failures + 1, error = excluded.error;

-- name: limit
-- Leaves a channel alone that has asked for it; that is no failure.
INSERT INTO notification_channels (channel, paused_until, error) VALUES (:channel, :until, :error)
ON CONFLICT (channel) DO UPDATE SET paused_until = max(paused_until, excluded.paused_until),
    error = excluded.error;

-- name: unpause
-- Has a channel tried at once.
UPDATE notification_channels SET paused_until = 0 WHERE channel = ?;

-- name: counts
-- Deliveries of each channel by state.
SELECT channel, state, count(*) FROM notification_deliveries GROUP BY channel, state;

-- name: retry
-- Has what was given up of a notification tried anew, on one channel or on any.
UPDATE notification_deliveries
SET state = 'pending', attempts = 0, due_at = :now, is_prompt = 1, reason = NULL, changed_at = :now
WHERE notification_id = :id AND state = 'failed' AND (:channel IS NULL OR channel = :channel)
RETURNING channel;

-- name: failed_ids
-- Notifications of which something was given up.
SELECT DISTINCT notification_id FROM notification_deliveries
WHERE state = 'failed' AND (:channel IS NULL OR channel = :channel) LIMIT :limit;

-- name: trouble
-- What goes on under a name.
SELECT notification_id, name, since FROM notification_troubles WHERE trouble = ?;

-- name: troubles
-- All of them.
SELECT trouble FROM notification_troubles;

-- name: add_trouble
-- Notes that something goes on.
INSERT INTO notification_troubles (trouble, notification_id, name, since) VALUES (?, ?, ?, ?);

-- name: end_trouble
-- Notes that it is over.
DELETE FROM notification_troubles WHERE trouble = ?;

-- name: is_told
-- Says whether a notification has reached a channel, or is about to.
SELECT EXISTS (SELECT 1 FROM notification_deliveries WHERE notification_id = ? AND told > 0);

-- name: count_down
-- Takes one back that was not sent yet.
UPDATE notifications
SET count = count - 1, lines = :lines, title = :title, text = :text, updated_at = :now
WHERE id = :id
RETURNING count;

-- name: old
-- Notifications that have come to an end long ago.
SELECT id FROM notifications
WHERE state IN ('sent', 'failed', 'digested', 'suppressed') AND updated_at < :before
LIMIT :limit;

-- name: count_old
-- How many there are of those.
SELECT count(*) FROM notifications
WHERE state IN ('sent', 'failed', 'digested', 'suppressed') AND updated_at < :before;

-- name: remove
-- Removes a notification.
DELETE FROM notifications WHERE id = ?;

-- name: preferences
-- What users have changed of how they want to be notified.
SELECT user_id, changes FROM notification_preferences;

-- name: preferences_of
-- The same of one.
SELECT changes FROM notification_preferences WHERE user_id = ?;

-- name: save_preferences
-- Keeps it.
INSERT INTO notification_preferences (user_id, changes, updated_at, updated_by)
VALUES (:user_id, :changes, :now, :by)
ON CONFLICT (user_id) DO UPDATE SET changes = excluded.changes, updated_at = excluded.updated_at,
    updated_by = excluded.updated_by;

-- name: forget_preferences
-- Has the settings hold again.
DELETE FROM notification_preferences WHERE user_id = ?;

-- name: remove_lone_deliveries
-- Of a damaged database: ways of notifications that are gone.
DELETE FROM notification_deliveries WHERE notification_id NOT IN (SELECT id FROM notifications);

-- name: remove_lone_troubles
-- The same of what goes on.
DELETE FROM notification_troubles WHERE notification_id NOT IN (SELECT id FROM notifications);

-- name: suppress_without_ways
-- The same of notifications that have lost all of their ways.
UPDATE notifications SET state = 'suppressed', updated_at = :now,
    reason = 'where it was to go was lost with a part of the database'
WHERE state IN ('pending', 'sending') AND NOT EXISTS (
    SELECT 1 FROM notification_deliveries WHERE notification_id = notifications.id);
