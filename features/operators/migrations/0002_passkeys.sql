-- By what operators sign in beside their passwords (WebAuthn).
CREATE TABLE operator_passkeys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    operator TEXT NOT NULL REFERENCES operators (name) ON DELETE CASCADE,
    -- What its owner calls it.
    name TEXT NOT NULL,
    -- The name of the console for which it is good (the id of the relying party).
    host TEXT NOT NULL,
    -- Base64url: its id, and its public key (COSE).
    credential TEXT NOT NULL UNIQUE,
    public_key TEXT NOT NULL,
    -- How often it says that it was used; many always say 0.
    uses INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    -- NULL: never yet.
    used_at INTEGER
) STRICT;
