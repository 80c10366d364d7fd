-- Credentials, admins and permissions, with the fields of the documents that MongoDB holds.  All
-- times are milliseconds since 1970, UTC.

-- The bot's account on the mesh platform: one row or none.
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

-- Who may administer the fleet from any chat; _id is the user's id.
CREATE TABLE admin_users (
    _id TEXT PRIMARY KEY,
    userId TEXT NOT NULL,
    addedBy TEXT,
    addedAt INTEGER NOT NULL,
    isActive INTEGER NOT NULL CHECK (isActive IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Which commands need an admin; _id is the command's name.
CREATE TABLE command_permissions (
    _id TEXT PRIMARY KEY,
    commandName TEXT NOT NULL,
    requiresAdmin INTEGER NOT NULL CHECK (requiresAdmin IN (0, 1)),
    description TEXT NOT NULL DEFAULT '',
    updatedAt INTEGER NOT NULL,
    updatedBy TEXT
) STRICT, WITHOUT ROWID;
