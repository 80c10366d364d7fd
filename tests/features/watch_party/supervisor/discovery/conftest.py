"""What the tests of the providers have in common."""

from __future__ import annotations

from tests.supervisor.platform.conftest import platform

__all__ = ["platform"]
