"""A platform to log in to."""

from tests.supervisor.platform.conftest import platform

__all__ = ["platform"]
