-- Where a user id means somebody, and where a permission holds; empty: the platform's.  Of another
-- realm, _id begins with it: 'irc/ann'.  Generated, so that it cannot contradict the id, and whoever
-- writes rows by hand goes on as before.
ALTER TABLE admin_users ADD COLUMN realm TEXT NOT NULL
    GENERATED ALWAYS AS (substr(_id, 1, max(instr(_id, '/') - 1, 0))) VIRTUAL;
ALTER TABLE command_permissions ADD COLUMN realm TEXT NOT NULL
    GENERATED ALWAYS AS (substr(_id, 1, max(instr(_id, '/') - 1, 0))) VIRTUAL;
