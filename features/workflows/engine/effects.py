"""What the steps of executions reach for: requests to the supervisor, other workflows, people.

Owns that each is written down with the move that has led to it, and what is to be carried out when
the transaction is committed.  Does not own carrying anything out (`link`), nor what becomes of the
step then (`executions`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import msgspec

from meshvisor.features.workflows import events
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.engine.catalog import Catalog
from meshvisor.features.workflows.engine.database import QUERIES
from meshvisor.features.workflows.engine.execution import (
    Beginning,
    Cause,
    Live,
    Request,
)
from meshvisor.features.workflows.engine.records import Records
from meshvisor.features.workflows.model.asking import request_of
from meshvisor.features.workflows.model.inputs import checked_inputs
from meshvisor.features.workflows.model.program import Program
from meshvisor.features.workflows.model.state import Effect
from meshvisor.features.workflows.model.templates import as_text

DEEPEST_CALLS: Final = 5
"""Workflows that may call each other in a row."""


class Living(Protocol):
    """What is asked of the executions."""

    instance: str
    now: Callable[[], int]
    records: Records

    def create(self, beginning: Beginning) -> int:
        """Add an execution, which begins at once."""

    def refuse(self, live: Live, run: int, why: str) -> None:
        """Take in that what a step asks for can never be."""


class Effects:
    """Those of all executions.

    Args:
        db: the engine's database, inside a transaction whenever something is called.
        catalog: the definitions.
        executions: that they are of.
    """

    def __init__(self, db: sqlite3.Connection, catalog: Catalog, executions: Living) -> None:
        self._db = db
        self._catalog = catalog
        self._executions = executions
        self.requests: list[Request] = []
        """To be carried out behind the commit."""

    def begin(self, live: Live, effect: Effect) -> None:
        """Write down what a step of a living execution asks for."""
        if effect.type == "call":
            self._call(live, effect)
        elif effect.type == "ask":
            self._ask(live, effect)
        else:
            self._request(live, effect)

    def aside(
        self,
        program: Program,
        key: str,
        request: dict[str, Any],
        live: Live | None,
        cause: dict[str, Any] | None = None,
    ) -> None:
        """Add a request that no step waits for."""
        cause = cause or ({} if live is None else live.chain)
        full = f"{self._executions.instance}-{key}"
        # In the name of the product, where it is about the workflow itself.
        owner = program.owner if request["type"] == "say" else None
        text = json.dumps(request, ensure_ascii=False)
        row = (full, program.name, owner, text, json.dumps(cause), self._executions.now())
        if self._db.execute(QUERIES["add_aside"], row).rowcount:
            self.requests.append(Request(full, program.name, owner, request, cause))

    def _request(self, live: Live, effect: Effect) -> None:
        try:
            given = request_of(effect, live.program.name, live.values)
        except (ValueError, TypeError, KeyError) as error:
            why = str(error)
            self._executions.refuse(live, effect.run, why)
            return
        request = Request(
            effect.key,
            live.program.name,
            live.program.owner,
            given,
            live.chain,
            live.id,
            effect.run,
        )
        text = msgspec.json.encode(request).decode()
        self._db.execute(QUERIES["set_effect"], (text, live.id, effect.run))
        self.requests.append(request)

    def _call(self, live: Live, effect: Effect) -> None:
        error = None
        program = self._catalog.named(as_text(effect.config.get("workflow")))
        inputs: dict[str, Any] = {}
        if program is None:
            name = as_text(effect.config.get("workflow"))[:80]
            error = say.NO_SUCH_WORKFLOW(name=name)
        elif self._calls_above(live.id) >= DEEPEST_CALLS:
            error = say.DEEP_CALLS(most=DEEPEST_CALLS)
        else:
            given = effect.config.get("inputs")
            given = given if isinstance(given, Mapping) else {}
            inputs, error = checked_inputs(program.inputs, given, program.name)
        if program is None or error is not None:
            why = str(error)
            self._executions.refuse(live, effect.run, why)
            return
        self._executions.create(
            Beginning(
                program=program,
                values={**inputs, "inputs": inputs, "event": live.values.get("event", {})},
                trigger="call",
                by=f"workflow:{live.program.name}",
                inputs=inputs,
                key=program.key_of(inputs),
                cause=Cause(None, live.correlation_id, live.causation_id, live.depth),
                parent=live.id,
                parent_run=effect.run,
            )
        )

    def _calls_above(self, number: int) -> int:
        count = 1
        while count <= DEEPEST_CALLS:
            row = self._db.execute(QUERIES["parent"], (number,)).fetchone()
            if row is None or row[0] is None:
                break
            number, count = row[0], count + 1
        return count

    def _ask(self, live: Live, effect: Effect) -> None:
        config = effect.config
        options = config.get("options") or ["yes", "no"]
        options = [as_text(one) for one in options][:20] if isinstance(options, list) else []
        question = as_text(config.get("question"))[:2000]
        thread = next(one for one in live.state.threads if one.run == effect.run)
        mesh, user = config.get("mesh_id"), config.get("user_id")
        row = (
            live.id,
            effect.run,
            live.program.name,
            question,
            json.dumps(options, ensure_ascii=False),
            as_text(mesh) or None,
            as_text(user) or None,
            self._executions.now(),
            thread.due or self._executions.now(),
        )
        number = self._db.execute(QUERIES["add_approval"], row).lastrowid
        self._executions.records.report(
            live, events.ASKED.name, {"approval": number, "question": question}
        )
        if mesh:
            text = f"{question} ({' / '.join(options)})"
            request = {"type": "say", "mesh_id": as_text(mesh), "text": text}
            if user:
                request["user_id"] = as_text(user)
            self.aside(live.program, f"{live.id}:{effect.run}:ask", request, live)
