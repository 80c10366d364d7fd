"""Records that are computed: keys and JSON documents that a feature makes of its own tables.

Owns the shape of `Feature.records`.  Does not own the records that are kept, nor how both are shown
(`features.records`): a feature that computes some need not know of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec


class ComputedKey(NamedTuple):
    """A record that exists."""

    key: str
    at: int
    """Epoch milliseconds of its last change."""


class ComputedRecords(msgspec.Struct, frozen=True):
    """All records whose keys begin alike.

        COMPUTED: Final = (ComputedRecords("process_log_", keys, document),)

    Both functions get a connection that only reads.
    """

    prefix: str
    """Such as `process_log_`; no two features have the same."""
    keys: Callable[[sqlite3.Connection, str, int], Iterable[ComputedKey]]
    """Given a connection, the beginning that is asked for (at least `prefix`) and a number, returns
    at most so many records, the newest first."""
    document: Callable[[sqlite3.Connection, str], tuple[ComputedKey, Mapping[str, Any]] | None]
    """Given a connection and a key, returns the record; None: there is none."""
