"""Whose records the running code logs, where a process is shared (`--single-process`)."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

MESH: Final = ContextVar[str | None]("mesh", default=None)
"""The mesh that the running task works for; None: the supervisor itself.  Set by the code that
starts a worker as a task, read by the supervisor's `logging` handler."""
