"""The commands that every bot has; importing this package registers them."""

from meshvisor.features.access.worker import chat as administration
from meshvisor.features.jobs.worker import chat as jobs
from meshvisor.worker.mesh.commands.builtin import about, help, ping, uptime  # noqa: A004

__all__ = ["about", "administration", "help", "jobs", "ping", "uptime"]
