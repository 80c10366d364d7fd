from __future__ import annotations

import asyncio

from meshvisor.worker.mesh.commands.concurrency import (
    MAX_OF_ONE_USER,
    MAX_WAITING,
    Admission,
    Slots,
)


class Users:
    """Commands of users, each of which goes on until it is released.

    Args:
        slots: where they wait and run.
    """

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self.running: list[str] = []
        self._release = asyncio.Event()

    def begin(self, user_id: str) -> asyncio.Task[None]:
        """Begin a command of a user, which must be admitted."""
        assert self.slots.admit(user_id) is Admission.ADMITTED
        return asyncio.create_task(self._run(user_id))

    def release(self) -> None:
        """Let all of them end that run now or later."""
        self._release.set()

    async def _run(self, user_id: str) -> None:
        async with self.slots.slot(user_id):
            self.running.append(user_id)
            await self._release.wait()


async def turns() -> None:
    """Let everything go on that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_one_user_gets_half_of_the_slots() -> None:
    """So that others run beside them; where there are few slots, two."""
    for count, share in ((8, 4), (4, 2), (2, 2), (1, 1)):
        users = Users(Slots(count))
        tasks = [users.begin("ann") for _ in range(MAX_OF_ONE_USER)]
        await turns()
        assert users.running == ["ann"] * share
        tasks.append(users.begin("bob"))
        await turns()
        assert users.running.count("bob") == (1 if count > share else 0)
        users.release()
        await asyncio.gather(*tasks)
        assert sorted(users.running) == ["ann"] * MAX_OF_ONE_USER + ["bob"]


async def test_how_many_may_wait() -> None:
    """A few of one user, and a hundred of all beyond those that run."""
    slots = Slots(1)
    for _ in range(MAX_OF_ONE_USER):
        assert slots.admit("ann") is Admission.ADMITTED
    assert slots.admit("ann") is Admission.USER_HAS_ENOUGH
    for number in range(MAX_WAITING + 1 - MAX_OF_ONE_USER):
        assert slots.admit(str(number)) is Admission.ADMITTED
    assert slots.admit("bob") is Admission.FULL


async def test_who_is_cancelled_keeps_nothing() -> None:
    """Neither a slot nor an admission, whether it waits, runs, or was just granted."""
    for cancel_after in (0, 1, 2):
        users = Users(Slots(1))
        first = users.begin("ann")
        await turns()
        waiting = users.begin("bob")
        await turns()
        users.release()
        for _ in range(cancel_after):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(first, waiting, return_exceptions=True)
        for _ in range(MAX_OF_ONE_USER):
            await users.begin("bob")


async def test_a_slot_that_was_granted_to_a_cancelled_command() -> None:
    """It goes to the next one, also where both happen in the same turn of the loop."""
    slots = Slots(1)
    assert slots.admit("ann") is Admission.ADMITTED
    async with slots.slot("ann"):
        users = Users(slots)
        unlucky, next_one = users.begin("bob"), users.begin("cleo")
        await turns()
    unlucky.cancel()  # granted by the line above, and not woken yet
    users.release()
    await next_one
    assert users.running == ["cleo"]
    assert slots.admit("bob") is Admission.ADMITTED
