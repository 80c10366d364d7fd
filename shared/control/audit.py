"""The bounds that every client of the audit log has to know."""

from __future__ import annotations

from typing import Final

MAX_ENTRIES: Final = 1000
"""Entries in one answer, which has to fit into a frame."""
