"""The engine as a process: transactions of the core, and what is carried out between them.

Owns when there is one: an event, a question or an outcome has come, or a time.  Nothing happens
otherwise.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final

from meshvisor.features.workflows.engine.answering import Answering
from meshvisor.features.workflows.engine.core import Core
from meshvisor.features.workflows.engine.database import open_main
from meshvisor.features.workflows.engine.exchange import Asked, Done, TransactionResult
from meshvisor.features.workflows.engine.execution import Request
from meshvisor.features.workflows.engine.link import AGAIN, Link
from meshvisor.features.workflows.engine.trying import back_test
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.paths import Home

log = logging.getLogger(__name__)

DATABASE: Final = "workflows.db"
REPORTS_AT_A_TIME: Final = 200
LONGEST_SLEEP: Final = 3_600.0
"""Seconds: a clock that was set is noticed within an hour, or with the next event."""
CLEANING_INTERVAL: Final = 3_600.0
CLEANED_AT_A_TIME: Final = 200
REMEMBERED: Final = 10_000
"""Questions; far more than are open at the same time."""


class App:
    """The engine of a home; make it inside a running event loop."""

    def __init__(self, home: Home, clock: Clock, keep_days: float) -> None:
        self._clock = clock
        self._keep_days = keep_days
        self._core = Core(home.var / DATABASE, home.database, self._now)
        self._answering = Answering(self._core)
        self._link = Link(home.root)
        self._woken = asyncio.Event()
        self._name = secrets.token_hex(8)
        self._heard_of: set[int] = set()
        """Numbers of questions: when it links anew it is asked again what is not answered."""
        self._done: list[Done] = []
        self._asked: list[Asked] = []
        self._carrying: set[asyncio.Task[None]] = set()
        self._under_way: set[str] = set()
        self._reports = asyncio.Event()
        self._kinds_changed = asyncio.Event()
        self._followed: frozenset[str] = frozenset()

    def load(self, since: int) -> None:
        """Read what there is, and go on with what was under way.

        Args:
            since: number of the event behind which an engine begins that has never been here.

        Raises:
            sqlite3.Error: a database cannot be used.
        """
        for request in self._core.load(since):
            self._carry_out(request)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(), name="follow the supervisor")
            group.create_task(self._report(), name="tell the supervisor")
            group.create_task(self._clean_up(), name="remove old executions")
            await self._turns()

    def close(self) -> None:
        """Close everything."""
        for task in self._carrying:
            task.cancel()
        self._link.close()
        self._core.close()

    # ---- Turns -------------------------------------------------------------------------------

    async def _turns(self) -> None:
        has_more = True
        while True:
            if not has_more:
                await self._wait()
            self._woken.clear()
            has_more = self._transact().has_more
            # What has come meanwhile goes into the next transaction together.
            await asyncio.sleep(0)

    def _transact(self) -> TransactionResult:
        done, self._done = self._done, []
        asked, self._asked = self._asked, []
        try:
            result = self._core.transact(done, asked, self._answering)
        except sqlite3.Error as error:
            log.error("the transaction was undone, and is tried again: %s", error)
            self._done, self._asked = done + self._done, asked + self._asked
            for request in self._core.load():
                self._carry_out(request)
            raise
        for request in result.requests:
            self._carry_out(request)
        for answer in result.answers:
            self._spawn(self._reply(answer.number, answer.result, answer.error, answer.is_absent))
        if not self._core.executions.records.outbox.is_empty:
            self._reports.set()
        if self._core.wanted != self._followed:
            self._kinds_changed.set()
        return result

    async def _wait(self) -> None:
        due = self._core.next_due()
        seconds = LONGEST_SLEEP if due is None else max(0.0, (due - self._now()) / 1000)
        try:
            async with asyncio.timeout(min(seconds, LONGEST_SLEEP)):
                await self._woken.wait()
        except TimeoutError:
            return

    # ---- Carrying out ------------------------------------------------------------------------

    def _carry_out(self, request: Request) -> None:
        if request.key not in self._under_way:
            self._under_way.add(request.key)
            self._spawn(self._carried(request))

    async def _carried(self, request: Request) -> None:
        try:
            done = await self._link.carry_out(request)
        finally:
            self._under_way.discard(request.key)
        self._done.append(done)
        self._woken.set()

    async def _reply(
        self, number: int, result: Any, error: str | None, is_absent: bool = False
    ) -> None:
        try:
            await self._link.tell(
                "workflows_reply", ask=number, result=result, error=error, is_absent=is_absent
            )
        except UsageError as refused:
            if error is None:
                why = "the answer is too long for one message; ask for less"
                await self._reply(number, None, why)
            else:
                log.warning("an answer was not taken: %s", refused)
        except MeshvisorError as failed:
            log.warning("an answer was not taken: %s", failed)

    # ---- The supervisor ----------------------------------------------------------------------

    async def _follow(self) -> None:
        while True:
            self._followed = self._core.wanted
            self._kinds_changed.clear()
            following = asyncio.create_task(self._listen(sorted(self._followed)))
            changing = asyncio.create_task(self._kinds_changed.wait())
            try:
                await asyncio.wait((following, changing), return_when=asyncio.FIRST_COMPLETED)
            finally:
                is_lost = following.done()
                following.cancel()
                changing.cancel()
                await asyncio.wait((following, changing))
            if is_lost:
                await asyncio.sleep(AGAIN)

    async def _listen(self, kinds: Sequence[str]) -> None:
        try:
            async for item in self._link.follow(self._name, kinds):
                if item.get("steps") is not None:
                    self._core.executions.tells_steps = item["steps"]
                if item.get("ask") is None:
                    self._woken.set()
                    continue
                if item["ask"] in self._heard_of:
                    continue
                self._heard_of.add(item["ask"])
                if len(self._heard_of) > REMEMBERED:
                    self._heard_of = {item["ask"]}
                if item["what"] == "back_test":
                    self._spawn(self._back_test(item["ask"], item["arguments"]))
                else:
                    self._asked.append(Asked(item["ask"], item["what"], item["arguments"]))
                    self._woken.set()
        except MeshvisorError as error:
            log.warning("the supervisor is not there: %s", error)

    async def _back_test(self, number: int, arguments: dict[str, Any]) -> None:
        """In a thread: it takes seconds, and nothing waits for it."""

        def work() -> dict[str, Any]:
            with closing(open_main(self._core.main_path)) as db:
                return back_test(db, now=self._now(), **arguments)

        try:
            result, error = await asyncio.to_thread(work), None
        except (MeshvisorError, sqlite3.Error, ValueError) as failed:
            result, error = None, f"the events cannot be read: {failed}"
        await self._reply(number, result, error)

    async def _report(self) -> None:
        is_counted = False
        while True:
            try:
                if not is_counted:
                    known = await self._link.tell("workflows_report", entries=[])
                    self._core.executions.records.outbox.count_from(known["number"])
                    is_counted = True
                await self._reports.wait()
                self._reports.clear()
                while entries := self._core.executions.records.outbox.read(REPORTS_AT_A_TIME):
                    await self._tell(entries)
            except MeshvisorError as error:
                log.warning("reports wait: %s", error)
                await asyncio.sleep(AGAIN)
                self._reports.set()

    async def _tell(self, entries: list[dict[str, Any]]) -> None:
        await self._link.tell("workflows_report", entries=entries)
        self._core.executions.records.outbox.forget(entries[-1]["number"])

    async def _clean_up(self) -> None:
        while True:
            await asyncio.sleep(CLEANING_INTERVAL)
            if self._keep_days:
                before = self._now() - round(self._keep_days * 86_400_000)
                is_left = True
                while is_left:
                    is_left = self._core.remove_before(before, CLEANED_AT_A_TIME) > 0
                    await asyncio.sleep(0)  # between two portions others have their turn

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    def _now(self) -> int:
        return round(self._clock.wall() * 1000)
