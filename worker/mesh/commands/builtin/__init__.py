"""The commands that every bot has; importing this package registers them."""

from worker.mesh.commands.builtin import about, administration, help, jobs, ping, uptime  # noqa: A004

__all__ = ["about", "administration", "help", "jobs", "ping", "uptime"]
