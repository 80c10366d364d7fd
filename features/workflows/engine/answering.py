"""What the engine answers: running by hand, cancelling, replaying, dry runs.

Owns one function for each question; why something ran or not is `explaining`.  Each is called
inside a transaction of the core; those that change nothing carry nothing out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.engine.core import Core
from meshvisor.features.workflows.engine.database import QUERIES
from meshvisor.features.workflows.engine.exchange import AbsentError, Asked, RefusedError
from meshvisor.features.workflows.engine.execution import (
    Beginning,
    Cause,
    state_from,
)
from meshvisor.features.workflows.engine.explaining import Explaining
from meshvisor.features.workflows.engine.trying import dry_run
from meshvisor.features.workflows.model.inputs import checked_inputs
from meshvisor.features.workflows.model.program import Program, compile_program
from meshvisor.features.workflows.model.state import seen_of
from meshvisor.features.workflows.model.triggers import MANUAL
from meshvisor.features.workflows.model.values import described, values_of
from meshvisor.shared.inputs import WRONG, misfits

LARGEST_DATA: Final = 64 * 1024
"""Characters of what an execution is given by hand."""


class Answering:
    """Answers questions about one engine."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._explaining = Explaining(core)
        self._answers: Mapping[str, Callable[..., Any]] = {
            "alive": lambda: True,
            "run": self._run,
            "cancel": self._cancel,
            "replay": self._replay,
            "answer": self._answer,
            "why": self._explaining.one,
            "why_each": self._explaining.some,
            "reasons": self._explaining.all,
            "dry_run": self._dry_run,
        }

    def __call__(self, asked: Asked) -> Any:
        """Answer a question.

        Raises:
            RefusedError: it cannot be.
        """
        answer = self._answers.get(asked.what)
        if answer is None:
            raise RefusedError(f"the engine does not know {asked.what!r}; is it of this version?")
        return answer(**asked.arguments)

    # ---- Executions --------------------------------------------------------------------------

    def _run(
        self, workflow_id: int, data: dict[str, Any], by: str, request: str | None
    ) -> dict[str, Any]:
        core = self._core
        if request is not None:
            row = core.db.execute(QUERIES["by_request"], (request,)).fetchone()
            if row is not None:
                return {"execution_id": row[0], "status": row[1]}
        program = self._newest(workflow_id)
        try:
            size = len(json.dumps(data, allow_nan=False))
        except ValueError:
            raise RefusedError("what it is given has a number that is none, such as NaN") from None
        if size > LARGEST_DATA:
            raise RefusedError(f"what it is given is larger than {LARGEST_DATA // 1024} KiB")
        inputs, wrong = checked_inputs(program.inputs, data, program.name)
        if wrong:
            raise RefusedError(wrong)
        values = _by_hand(inputs, by, core.now())
        number, status = core.begin_by_hand(
            Beginning(
                program=program,
                values=values,
                trigger=MANUAL,
                by=by,
                inputs=inputs,
                key=program.key_of(values),
                cause=Cause(depth=1),
                request=request,
            )
        )
        return {"execution_id": number, "status": status}

    def _cancel(self, execution: int, by: str) -> dict[str, Any]:
        core = self._core
        row = core.db.execute(QUERIES["execution"], (execution,)).fetchone()
        if row is None:
            raise AbsentError(say.NO_EXECUTION(number=execution))
        before = row[4]
        status = core.executions.cancel(execution, say.CANCELLED_BY(by=by))
        return {
            "execution_id": execution,
            "status": status,
            "changed": before != status,
            "workflow": row[2],
        }

    def _replay(
        self, execution: int, from_step: str | None, newest: bool, by: str
    ) -> dict[str, Any]:
        core = self._core
        row = core.db.execute(QUERIES["execution"], (execution,)).fetchone()
        if row is None:
            raise AbsentError(say.NO_EXECUTION(number=execution))
        program = self._newest(row[1]) if newest else core.catalog.program(row[1], row[3])
        if program is None:
            raise RefusedError(f"revision {row[3]} of {row[2]} cannot be used any more")
        state = None
        if from_step is not None:
            done = {
                node: seen_of(status, json.loads(result) if result else None)
                for node, status, result in core.db.execute(QUERIES["of_step"], (execution,))
            }
            state = state_from(program, from_step, done)
            if state is None:
                there = ", ".join(node.id for node in program.blocks[""])
                raise RefusedError(
                    f"{program.name!r} has no step {from_step!r} on its first level, but {there}"
                )
        number, status = core.begin_by_hand(
            Beginning(
                program=program,
                values=json.loads(row[8]),
                trigger=row[6],
                by=by,
                inputs=json.loads(row[9]),
                key=row[10],
                cause=Cause(row[7], None, row[7], 1),
                replay_of=execution,
                state=state,
            )
        )
        return {"execution_id": number, "status": status, "workflow": program.name}

    def _answer(self, approval: int, answer: str, by: str) -> dict[str, Any]:
        return self._core.questions.answer(approval, answer, by)

    # ---- What if ---------------------------------------------------------------------

    def _dry_run(
        self,
        document: Mapping[str, Any],
        seq: int | None,
        event: Mapping[str, Any] | None,
        inputs: Mapping[str, Any],
    ) -> dict[str, Any]:
        core = self._core
        program = compile_program(document)
        given, wrong = checked_inputs(program.inputs, inputs, program.name)
        if seq is not None or event is not None:
            # An event gives none; what is given beside it has to fit all the same.
            found = misfits(program.inputs, inputs)
            wrong = "; ".join(
                WRONG(name=name, owner=program.name, wrong=why) for name, why in found
            )
        if wrong:
            raise RefusedError(wrong)
        if seq is not None:
            recorded = self._explaining.event(seq)
            values, kind = values_of(recorded), recorded.kind
        elif event is not None:
            sample = {"at": core.now(), **event}
            values, kind = described(sample), str(sample.get("kind", ""))
        else:
            values, kind = _by_hand(given, "dry run", core.now()), ""
        return dry_run(program, kind, values, given, core.now())

    # ---- Parts -------------------------------------------------------------------------------

    def _newest(self, workflow_id: int) -> Program:
        # The definition may be newer than what events have told so far.
        program = self._core.catalog.newest(workflow_id)
        if program is None:
            raise AbsentError(f"there is no workflow {workflow_id}")
        return program


def _by_hand(inputs: Mapping[str, Any], by: str, now: int) -> dict[str, Any]:
    event = {"kind": "manual", "actor": by, "at": now, "data": dict(inputs)}
    return {**inputs, "inputs": dict(inputs), "event": event, "now": now}
