"""What every child process has, whatever it does: its start, its life, its process, its end."""
