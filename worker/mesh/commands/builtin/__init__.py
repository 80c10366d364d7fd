"""The commands that every bot has; importing this package registers them and those of features."""

from meshvisor.shared.feature import parts
from meshvisor.worker.mesh.commands.builtin import about, help, ping, uptime  # noqa: A004

__all__ = ["about", "help", "ping", "uptime"]

for _ in parts("worker"):
    pass  # each registers its own when it is imported
