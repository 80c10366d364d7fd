-- Since when a user is online; null: not online, or unknown since before this column was there.
ALTER TABLE station_users ADD COLUMN online_since INTEGER;
