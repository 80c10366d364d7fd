"""Questions to people: which wait, and what is taken as an answer.

Owns fitting answers to options.  Does not own asking (`effects`), nor going on (`executions`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from meshvisor.features.workflows import events as kinds
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.engine.database import QUERIES
from meshvisor.features.workflows.engine.exchange import AbsentError, RefusedError
from meshvisor.features.workflows.engine.executions import Executions
from meshvisor.shared.events.event import Event


class Questions:
    """Those of all executions.

    Args:
        db: the engine's database.
        executions: what waits for answers.
    """

    def __init__(self, db: sqlite3.Connection, executions: Executions) -> None:
        self._db = db
        self._executions = executions

    def wait_in_rooms(self) -> bool:
        """Say whether an answer may come as a message in a room."""
        (count,) = self._db.execute(QUERIES["open_approvals"]).fetchone()
        return bool(count)

    def hear(self, event: Event, values: Mapping[str, Any]) -> None:
        """Take what a user has said as the answer to the newest question that it fits."""
        text = str(values.get("text") or "").strip().casefold()
        for number, options, user_id in self._db.execute(
            QUERIES["open_in_mesh"], (event.mesh_id,)
        ).fetchall():
            if user_id is not None and user_id != event.subject:
                continue
            for option in json.loads(options):
                if text == option.casefold():
                    self.answer(number, option, f"user:{event.subject}")
                    return

    def answer(self, number: int, answer: str, by: str) -> dict[str, Any]:
        """Answer a question.

        Raises:
            RefusedError: there is none, it is closed, or it has other answers.
        """
        row = self._db.execute(QUERIES["approval"], (number,)).fetchone()
        if row is None:
            raise AbsentError(say.NO_QUESTION(number=number))
        _, execution, run, workflow, options, closed_at = row
        choices = json.loads(options)
        fitting = next(
            (one for one in choices if one.casefold() == answer.strip().casefold()), None
        )
        if closed_at is not None:
            raise RefusedError(say.QUESTION_CLOSED(number=number))
        if choices and fitting is None:
            found = repr(answer[:60])
            raise RefusedError(say.NO_OPTION(found=found, options=" or ".join(choices)))
        said = fitting or answer
        live = self._executions.live.get(execution)
        if live is not None:
            data = {"approval": number, "answer": said}
            self._executions.records.report(live, kinds.ANSWERED.name, data, by)
        if not self._executions.answer(execution, run, said, by):
            raise RefusedError(say.ANSWER_TOO_LATE(number=execution))
        return {
            "approval_id": number, "execution_id": execution, "answer": said, "workflow": workflow,
        }  # fmt: skip
