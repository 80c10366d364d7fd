"""Limits of the audit log that the command line names too, without loading the log."""

from __future__ import annotations

from typing import Final

MAX_ENTRIES: Final = 1000
"""Entries in one answer, which has to fit into a frame."""
