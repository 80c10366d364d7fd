-- The accounts of investments.  Amounts are paise, days are dates such as 2026-12-01, moments are
-- seconds since 1970.  Each mesh is a business of its own: users of two networks may have one id.

CREATE TABLE IF NOT EXISTS members (
    mesh TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Who has recommended this to them.  Never changed, and always a member who was there before:
    -- so no member is above themselves.
    referrer TEXT,
    PRIMARY KEY (mesh, id),
    FOREIGN KEY (mesh, referrer) REFERENCES members (mesh, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS investments (
    id INTEGER PRIMARY KEY,
    mesh TEXT NOT NULL,
    member TEXT NOT NULL,
    plan TEXT NOT NULL,
    principal INTEGER NOT NULL CHECK (principal > 0),
    daily_rate INTEGER NOT NULL CHECK (daily_rate > 0),
    -- A JSON list, one number for each level.
    commissions TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    -- The first day that is not paid yet; behind the last one when all are.
    next_day TEXT NOT NULL,
    FOREIGN KEY (mesh, member) REFERENCES members (mesh, id)
) STRICT;
CREATE INDEX IF NOT EXISTS investments_to_pay ON investments (mesh, next_day)
    WHERE next_day <= last_day;

CREATE TABLE IF NOT EXISTS transactions (
    id INTEGER PRIMARY KEY,
    mesh TEXT NOT NULL,
    member TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('deposit', 'investment', 'return', 'commission')),
    -- What the member gets; negative: what is taken.
    amount INTEGER NOT NULL CHECK (amount <> 0),
    at REAL NOT NULL,
    investment INTEGER REFERENCES investments (id),
    -- Of returns and commissions: for which day, and on which level.
    day TEXT,
    level INTEGER,
    CHECK (CASE kind
        WHEN 'return' THEN level IS 0
        WHEN 'commission' THEN ifnull(level, 0) > 0
        ELSE level IS NULL
    END),
    CHECK ((day IS NULL) = (level IS NULL)),
    CHECK (day IS NULL OR investment IS NOT NULL),
    -- Whatever else goes wrong: nothing is paid twice.
    UNIQUE (investment, day, level),
    FOREIGN KEY (mesh, member) REFERENCES members (mesh, id)
) STRICT;

-- What has happened stays as it was written.
CREATE TRIGGER IF NOT EXISTS transactions_stay BEFORE UPDATE ON transactions
BEGIN SELECT raise(ABORT, 'a transaction is never changed'); END;
CREATE TRIGGER IF NOT EXISTS transactions_remain BEFORE DELETE ON transactions
BEGIN SELECT raise(ABORT, 'a transaction is never removed'); END;

-- The sums of transactions, kept by the database itself; no member can spend what they do not have.
CREATE TABLE IF NOT EXISTS balances (
    mesh TEXT NOT NULL,
    member TEXT NOT NULL,
    paise INTEGER NOT NULL CHECK (paise >= 0),
    PRIMARY KEY (mesh, member)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS transactions_are_summed AFTER INSERT ON transactions
BEGIN
    INSERT INTO balances VALUES (new.mesh, new.member, 0) ON CONFLICT DO NOTHING;
    UPDATE balances SET paise = paise + new.amount WHERE mesh = new.mesh AND member = new.member;
END;

-- Transactions that their members have not been notified of.
CREATE TABLE IF NOT EXISTS pending_notices (
    transaction_id INTEGER PRIMARY KEY REFERENCES transactions (id)
) STRICT;
CREATE TRIGGER IF NOT EXISTS transactions_are_told AFTER INSERT ON transactions
WHEN new.day IS NOT NULL
BEGIN INSERT INTO pending_notices VALUES (new.id); END;
