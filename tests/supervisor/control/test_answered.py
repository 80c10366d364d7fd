"""Answers that are given again to a client that asks the same once more."""

from __future__ import annotations

import asyncio

import pytest

from meshvisor.shared.control.results import Result
from meshvisor.shared.errors import UsageError
from meshvisor.supervisor.control.answered import MOST, Answered
from meshvisor.supervisor.control.requests.life import Shutdown


class Counted(Result):
    """How often something was done."""

    count: int


class Work:
    """Something that counts how often it is done."""

    def __init__(self) -> None:
        self.count = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.is_wrong = False

    async def do(self) -> Counted:
        """Do it once more."""
        self.count += 1
        await self.may_end.wait()
        if self.is_wrong:
            raise UsageError("no")
        return Counted(count=self.count)


async def test_the_same_is_done_once_and_answered_to_all() -> None:
    """Also while it is being done, and when the first who has asked is gone."""
    answered, work = Answered(), Work()
    work.may_end.clear()
    asking = [asyncio.create_task(answered.once("ann", "a", Shutdown(), work.do)) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    work.may_end.set()
    assert [await one for one in asking[1:]] == [Counted(count=1)] * 2
    assert await answered.once("ann", "a", Shutdown(), work.do) == Counted(count=1)


async def test_another_name_or_another_client_is_another_request() -> None:
    """No caller gets the answer of another one."""
    answered, work = Answered(), Work()
    for who, name in (("ann", "a"), ("ann", "b"), ("bob", "a")):
        await answered.once(who, name, Shutdown(), work.do)
    assert work.count == 3


async def test_what_has_failed_is_tried_anew() -> None:
    """The cause may be gone by then."""
    answered, work = Answered(), Work()
    work.is_wrong = True
    with pytest.raises(UsageError):
        await answered.once("ann", "a", Shutdown(), work.do)
    work.is_wrong = False
    assert await answered.once("ann", "a", Shutdown(), work.do) == Counted(count=2)


async def test_the_oldest_make_room() -> None:
    """No client can fill the memory of the supervisor with names."""
    answered, work = Answered(), Work()
    for number in range(MOST + 1):
        await answered.once("ann", str(number), Shutdown(), work.do)
    await answered.once("ann", str(MOST), Shutdown(), work.do)
    assert work.count == MOST + 1
    await answered.once("ann", "0", Shutdown(), work.do)
    assert work.count == MOST + 2
