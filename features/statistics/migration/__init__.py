"""Moving events of usage between SQLite and MongoDB, month by month."""
