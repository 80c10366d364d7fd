"""The definitions as the engine has them: read from the main database, compiled, indexed.

Owns reading them anew when they were changed, and the revisions that executions are pinned to.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections import OrderedDict
from typing import Any, Final

from meshvisor.features.workflows.engine.index import Index
from meshvisor.features.workflows.model.program import Program, compile_program

log = logging.getLogger(__name__)

KEPT: Final = 500
"""Compiled revisions besides the newest ones of active workflows."""

_STATES: Final = "SELECT id, revision, owner FROM workflows WHERE is_active"
_REVISION: Final = """
SELECT w.owner, r.document, r.id FROM workflow_revisions r JOIN workflows w ON w.id = r.workflow_id
WHERE r.workflow_id = ? AND r.number = ?
"""
_NEWEST: Final = "SELECT revision FROM workflows WHERE id = ?"
_BY_NAME: Final = "SELECT id, revision FROM workflows WHERE name = ?"


class Catalog:
    """Definitions of a home.

    Args:
        main: the main database.
    """

    def __init__(self, main: sqlite3.Connection) -> None:
        self._main = main
        self._kept: OrderedDict[tuple[int, int], Program] = OrderedDict()
        self.active: dict[int, Program] = {}
        self.index = Index(())

    def reload(self) -> None:
        """Read what has changed, and index it."""
        states = {row[0]: row for row in self._main.execute(_STATES)}
        for number in [one for one in self.active if one not in states]:
            del self.active[number]
        for number, revision, owner in states.values():
            known = self.active.get(number)
            if known is None or known.revision != revision or known.owner != owner:
                program = self.program(number, revision)
                if program is not None:
                    self.active[number] = program
        self.index = Index(self.active.values())

    def program(self, workflow_id: int, revision: int) -> Program | None:
        """Return a revision; None: there is none, or it cannot be used any more."""
        key = (workflow_id, revision)
        row = self._main.execute(_REVISION, key).fetchone()
        if row is None:
            return None
        owner, document, number = row
        known = self._kept.get(key)
        if known is not None and known.owner == owner:
            self._kept.move_to_end(key)
            return known
        try:
            program = compile_program(
                json.loads(document), id_=workflow_id, revision=revision, row=number, owner=owner
            )
        except (ValueError, KeyError, TypeError) as error:
            # Saved by another version; nothing else may suffer from it.
            log.error("revision %d of workflow %d cannot be used: %s", revision, workflow_id, error)
            return None
        self._kept[key] = program
        while len(self._kept) > KEPT + len(self.active):
            self._kept.popitem(last=False)
        return program

    def newest(self, workflow_id: int) -> Program | None:
        """Return the newest revision of a workflow, active or not."""
        row = self._main.execute(_NEWEST, (workflow_id,)).fetchone()
        return None if row is None else self.program(workflow_id, row[0])

    def named(self, name: str) -> Program | None:
        """Return the newest revision of the workflow of a name."""
        row: Any = self._main.execute(_BY_NAME, (name,)).fetchone()
        return None if row is None else self.program(row[0], row[1])
