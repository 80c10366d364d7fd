-- A number that grows with every change of credentials, admins or permissions, whoever makes it
-- and with whatever program.  The supervisor looks at it to notice changes of others; what else
-- happens in the database does not concern it.
CREATE TABLE directory_version (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO directory_version VALUES (1, 1);

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
