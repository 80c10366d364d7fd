"""The database `var/meshvisor.db`: SQLite, one writer thread with group commit, readers beside it.

`store` is what others call.  No table has its rules here: the owner of a table brings its
statements in a `.sql` file (`queries`) and its columns in a migration (`migrations`).
"""
