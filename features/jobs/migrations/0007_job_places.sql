-- Where a job was asked for, and whether in private: what is said of it is said there.  In its own
-- row, so that no damage can part them and have a private job reported in public.
ALTER TABLE jobs ADD COLUMN place TEXT;
ALTER TABLE jobs ADD COLUMN is_direct INTEGER NOT NULL DEFAULT 0 CHECK (is_direct IN (0, 1));
