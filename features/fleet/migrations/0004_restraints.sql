-- What a bot holds back with where its network wants that, so that no restart forgets it.
CREATE TABLE restraints (
    mesh_id TEXT PRIMARY KEY,
    -- Where that holds: another mesh of this id owes nothing.
    transport TEXT NOT NULL,
    server TEXT NOT NULL,
    address TEXT NOT NULL,
    account TEXT NOT NULL,
    -- How often it was kicked soon after it had come, and until when it stays away, epoch
    -- milliseconds.
    kicks INTEGER NOT NULL,
    away_until INTEGER NOT NULL,
    -- How many messages were sent in which minute since 1970, within the last hour: JSON pairs.
    sent TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
