"""Why workflows did or did not run at an event.

Owns the order: what is written down of the event, then what is wanted of it now.  Changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.engine.core import Core
from meshvisor.features.workflows.engine.database import QUERIES
from meshvisor.features.workflows.engine.exchange import AbsentError, RefusedError
from meshvisor.features.workflows.engine.trying import reason_against
from meshvisor.features.workflows.model.program import Program
from meshvisor.features.workflows.model.triggers import kinds_of
from meshvisor.features.workflows.model.values import values_of
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.kind import matches

_EVENT: Final = """
SELECT seq, at, kind, subject, mesh_id, actor, data, correlation_id, causation_id, depth
FROM events WHERE seq = ?
"""
_NEWEST: Final = """
SELECT seq, at, kind, subject, mesh_id, actor, data, correlation_id, causation_id, depth
FROM events ORDER BY seq DESC LIMIT 20000
"""
_INACTIVE: Final = """
SELECT w.id, w.name, json_extract(r.document, '$.triggers')
FROM workflows w JOIN workflow_revisions r ON r.workflow_id = w.id AND r.number = w.revision
WHERE NOT w.is_active
"""


class Explaining:
    """Answers why.

    Args:
        core: the engine.
    """

    def __init__(self, core: Core) -> None:
        self._core = core

    def one(self, workflow_id: int, seq: int | None) -> dict[str, Any]:
        """Return the first reason of one workflow.

        Args:
            workflow_id: which.
            seq: number of the event; None: the newest that it looks at.
        """
        # The definition may be newer than what events have told so far.
        program = self._core.catalog.newest(workflow_id)
        if program is None:
            raise AbsentError(f"there is no workflow {workflow_id}")
        event = self.event(seq) if seq is not None else self._latest(program)
        known = self._known(event, workflow_id)
        return self._reason(
            event, workflow_id, program.name, known or self._against(program, event)
        )

    def some(self, workflow_id: int, seqs: Sequence[int]) -> list[dict[str, Any]]:
        """Return the first reason of one workflow at each of some events; those that are not kept
        any more are left out.
        """
        found = []
        for seq in seqs:
            try:
                found.append(self.one(workflow_id, seq))
            except AbsentError:
                if self._core.catalog.newest(workflow_id) is None:
                    raise
        return found

    def all(self, seq: int, limit: int, offset: int) -> dict[str, Any]:
        """Return the first reason of each workflow that looks at such events: those that ran first.

        Args:
            seq: number of the event.
            limit: how many of them.
            offset: how many are left out.
        """
        event = self.event(seq)
        names = {
            program.id: program.name
            for program in self._core.catalog.active.values()
            if _looks(program, event.kind)
        }
        inactive = dict(self._inactive(event.kind))
        known = {one: found for one in (*names, *inactive) if (found := self._known(event, one))}
        order = sorted(
            {**names, **inactive}.items(),
            key=lambda one: (not known.get(one[0], {}).get("ran", False), one[1].casefold()),
        )
        reasons = []
        for number, name in order[offset : offset + limit]:
            found = known.get(number)
            if found is None and number in inactive:
                found = _not(say.NOT_ACTIVE())
            elif found is None:
                found = self._against(self._core.catalog.active[number], event)
            reasons.append(self._reason(event, number, name, found))
        return {"seq": seq, "reasons": reasons, "total": len(order)}

    def event(self, seq: int) -> Event:
        """Return a recorded event."""
        row = self._core.main.execute(_EVENT, (seq,)).fetchone()
        if row is None:
            raise AbsentError(say.NO_EVENT(number=seq))
        return Event(*row)

    # ---- Private -----------------------------------------------------------------------------

    def _known(self, event: Event, workflow_id: int) -> dict[str, Any] | None:
        """Return what is written down of an event and a workflow; None: nothing."""
        db = self._core.db
        row = db.execute(QUERIES["by_event"], (event.seq, workflow_id)).fetchone()
        if row is not None:
            number, status, error = row
            ran = status != "skipped"
            reason = say.RAN_AS(number=number, status=status) if ran else error
            return {"ran": ran, "reason": reason, "execution_id": number}
        row = db.execute(QUERIES["decision"], (event.seq, workflow_id)).fetchone()
        return None if row is None else _not(row[0])

    def _against(self, program: Program, event: Event) -> dict[str, Any]:
        if program.id not in self._core.catalog.active:
            return _not(say.NOT_ACTIVE())
        reason = reason_against(program, event.kind, values_of(event))
        if reason is not None:
            return _not(reason)
        if event.seq > self._core.cursor:
            return _not(say.NOT_YET())
        return _not(say.NOT_KEPT() if self._is_dropped(event) else say.WOULD_RUN_NOW())

    def _is_dropped(self, event: Event) -> bool:
        """Return whether decisions of this event may have been dropped, as old ones are."""
        row = self._core.db.execute(QUERIES["oldest_decision"]).fetchone()
        return row is not None and row[0] > 1 and event.seq <= row[1]

    def _reason(
        self, event: Event, number: int, name: str, found: dict[str, Any]
    ) -> dict[str, Any]:
        return {"seq": event.seq, "process_id": number, "process": name, **found}

    def _inactive(self, kind: str) -> list[tuple[int, str]]:
        """Return the inactive workflows that would look at a kind; they are not compiled for it."""
        return [
            (number, name)
            for number, name, triggers in self._core.main.execute(_INACTIVE)
            if any(
                matches(pattern, kind)
                for trigger in json.loads(triggers)
                if trigger.get("is_active", True)
                for pattern in kinds_of(trigger["type"], trigger.get("config", {}))
            )
        ]

    def _latest(self, program: Program) -> Event:
        wanted = {kind for trigger in program.triggers for kind in trigger.kinds}
        if not wanted:
            raise RefusedError(say.NO_EVENT_TRIGGER(name=program.name))
        for row in self._core.main.execute(_NEWEST):
            if any(matches(pattern, row[2]) for pattern in wanted):
                return Event(*row)
        raise RefusedError(say.NO_SUCH_EVENTS(kinds=", ".join(sorted(wanted))))


def _looks(program: Program, kind: str) -> bool:
    return any(matches(one, kind) for trigger in program.triggers for one in trigger.kinds)


def _not(reason: str) -> dict[str, Any]:
    return {"ran": False, "reason": reason, "execution_id": None}
