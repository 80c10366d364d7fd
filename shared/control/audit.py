"""What everybody has to know who asks for entries of the audit log."""

from __future__ import annotations

from typing import Final

MAX_ENTRIES: Final = 1000
"""Entries in one answer, which has to fit into a frame."""
