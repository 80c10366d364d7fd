-- name: version
-- A number that grows with every change of the three tables, of any process.
SELECT version FROM directory_version;

-- name: account
-- The bot's account.
SELECT email, deviceId, ssaid, parseId, parseToken, authToken, userId, peerId, updatedAt
FROM credentials;

-- name: admins
-- All users who are or were admins.
SELECT _id, realm, addedBy, addedAt, isActive FROM admin_users ORDER BY _id;

-- name: permissions
-- All decisions about commands.
SELECT _id, realm, requiresAdmin, description, updatedAt, updatedBy FROM command_permissions
ORDER BY _id;

-- name: put_account
-- Keeps the account unless a newer one is there.
INSERT INTO credentials
    (_id, email, deviceId, ssaid, parseId, parseToken, authToken, userId, peerId, updatedAt)
VALUES
    ('bot_credentials', :email, :device_id, :ssaid, :parse_id, :parse_token, :auth_token,
     :user_id, :peer_id, :updated_at)
ON CONFLICT (_id) DO UPDATE SET
    email = excluded.email, deviceId = excluded.deviceId, ssaid = excluded.ssaid,
    parseId = excluded.parseId, parseToken = excluded.parseToken,
    authToken = excluded.authToken, userId = excluded.userId, peerId = excluded.peerId,
    updatedAt = excluded.updatedAt
WHERE excluded.updatedAt >= credentials.updatedAt;

-- name: put_admin
-- Adds or changes an admin.
INSERT INTO admin_users (_id, userId, addedBy, addedAt, isActive)
VALUES (:id, :id, :added_by, :added_at, :is_active)
ON CONFLICT (_id) DO UPDATE SET
    addedBy = excluded.addedBy, addedAt = excluded.addedAt, isActive = excluded.isActive;

-- name: put_permission
-- Decides about a command.
INSERT INTO command_permissions
    (_id, commandName, requiresAdmin, description, updatedAt, updatedBy)
VALUES (:id, :id, :requires_admin, :description, :updated_at, :updated_by)
ON CONFLICT (_id) DO UPDATE SET
    requiresAdmin = excluded.requiresAdmin, description = excluded.description,
    updatedAt = excluded.updatedAt, updatedBy = excluded.updatedBy;

-- name: delete_permissions
-- Forgets what was decided about commands; a JSON list of their ids.
DELETE FROM command_permissions WHERE _id IN (SELECT value FROM json_each(:commands));
