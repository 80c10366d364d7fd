"""The console of a supervisor: that there is one, how it listens, and its address."""
