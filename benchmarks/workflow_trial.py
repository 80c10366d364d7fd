"""The engine of workflows in a process of its own, without a supervisor.

    python -m benchmarks.workflow_trial FOLDER EVENTS

Prints its figures as JSON: seconds of the clock, and of the processor where nothing waits for a
disk.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

from meshvisor.features.workflows.engine.core import Core
from meshvisor.features.workflows.engine.database import open_main
from meshvisor.features.workflows.engine.trying import back_test
from meshvisor.features.workflows.model.condition_reading import read_condition
from meshvisor.features.workflows.model.conditions import compile_condition
from meshvisor.features.workflows.model.definition import read_definition
from meshvisor.features.workflows.supervisor import definitions
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.store.store import Store

WORKFLOWS: Final = 1_000
MATCHED: Final = 2_000
"""Events that are matched against them."""
STARTED: Final = 500
"""Executions of five steps; fewer than the budget of a minute."""
CONDITIONS: Final = 200_000
FILLED: Final = 10_000
"""Events that are appended in one transaction."""

CONDITION: Final = 'severity in ["critical", "emergency"] and n > 3 and title contains "pump"'
LOOKED_UP: Final = 'text contains "code {0}x"'
"""Leads to no event: workflows are found by what must be true."""
TRIED: Final = 'text not_contains "number" and size > {0}'
"""Three quarters of the workflows have to be tried at each event, and none is meant."""


def main(argv: Sequence[str]) -> None:
    """Measure and print."""
    folder, events = Path(argv[0]), int(argv[1])
    found = {
        "condition_us": _condition(),
        "matched_us": _matched(folder / "looked-up", LOOKED_UP),
        "tried_us": _matched(folder / "tried", TRIED),
        "started_ms": _started(folder / "started"),
    }
    found |= _back_test(folder / "back-test", events)
    print(json.dumps(found))


def _condition() -> float:
    tree, problems = read_condition(CONDITION)
    test = compile_condition(tree)
    assert test is not None, problems
    values = {"severity": "critical", "n": 5, "title": "the pump of the harbour"}
    began = time.process_time()
    for _ in range(CONDITIONS):
        test(values)
    return (time.process_time() - began) / CONDITIONS * 1e6


def _matched(folder: Path, when: str) -> float:
    """Return microseconds of the processor for one event."""
    with closing(_Home(folder)) as home:
        home.save(
            {
                "name": f"w{number}",
                "triggers": [{"type": "message_received", "when": when.format(number)}],
                "steps": [{"set_variable": {"a": 1}}],
            }
            for number in range(WORKFLOWS)
        )
        home.fill(MATCHED)
        began = time.process_time()
        home.catch_up()
        spent = time.process_time() - began
        assert home.count("executions") == 0
    return spent / MATCHED * 1e6


def _started(folder: Path) -> float:
    """Return milliseconds of the clock for an execution of five steps, on the disk."""
    steps = [{"set_variable": {f"v{number}": "{{ text }}"}} for number in range(5)]
    with closing(_Home(folder)) as home:
        home.save([{"name": "w", "triggers": ["message_received"], "steps": steps}])
        home.fill(STARTED)
        began = time.perf_counter()
        home.catch_up()
        spent = time.perf_counter() - began
        assert home.count("executions WHERE status = 'completed'") == STARTED
    return spent / STARTED * 1000


def _back_test(folder: Path, events: int) -> dict[str, float]:
    document = read_definition(
        {
            "name": "w",
            "triggers": [
                {"type": "message_received", "when": 'text contains "SOS" or size between [70, 79]'}
            ],
            "key": "{{ user_id }}",
            "cooldown": 5,
            "steps": [{"send_message": {"text": "x"}}],
        }
    )
    with closing(_Home(folder)) as home:
        home.fill(events)
        with closing(open_main(home.path)) as db:
            began, cpu = time.perf_counter(), time.process_time()
            found = back_test(db, document, 7, events, home.now())
            assert found["events"] == events
            return {
                "back_test_s": time.perf_counter() - began,
                "back_test_cpu_s": time.process_time() - cpu,
            }


class _Home:
    """Both databases of a home, and its engine."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.path = folder / "meshvisor.db"
        clock = SystemClock()
        self.now: Callable[[], int] = lambda: round(clock.wall() * 1000)
        self._store = Store.open(self.path, clock=clock)
        self._core = Core(folder / "workflows.db", self.path, self.now)
        self._core.load()

    def save(self, given: Any) -> None:
        """Save active workflows, and have the engine know them."""

        def work(db: sqlite3.Connection) -> None:
            for one in given:
                definitions.insert(
                    db,
                    read_definition(one),
                    actor="bench",
                    owner=None,
                    now=self.now(),
                    is_active=True,
                    template_id=None,
                )
            log.append(db, [NewEvent(self.now(), "workflow.changed", "w")])

        self._store.write_now(work)
        self.catch_up()

    def fill(self, count: int) -> None:
        """Append events of messages."""
        for begin in range(0, count, FILLED):
            events = [self._event(one) for one in range(begin, min(count, begin + FILLED))]
            self._store.write_now(partial(log.append, events=events))

    def _event(self, number: int) -> NewEvent:
        data = {"text": f"hello number {number}", "user_name": f"u{number % 500}", "size": number}
        mesh = f"m{number % 50}"
        return NewEvent(self.now(), "message.received", str(number % 500), mesh, None, data)

    def catch_up(self) -> None:
        """Take in all events."""
        while self._core.transact().has_more:
            pass

    def count(self, what: str) -> int:
        """Return how many rows there are."""
        return int(self._core.db.execute(f"SELECT count(*) FROM {what}").fetchone()[0])

    def close(self) -> None:
        """Close both."""
        self._core.close()
        self._store.close()


if __name__ == "__main__":
    main(sys.argv[1:])
