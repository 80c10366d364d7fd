"""The action `notification-processing`: delivers what is due, each channel on its own.

Owns the channels that are at work and the messages under way.  Does not own what is due, nor what
follows from an outcome: both are asked of the supervisor, message by message, so that a runner that
is killed has few of them in its hands.

A channel has a task of its own.  One that hangs holds up no other; its messages are
given up after its own time, and the thread of one that does not end goes on unwatched.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from meshvisor.features.jobs.worker.context import JobContext
from meshvisor.shared.control.async_client import AsyncControlClient
from meshvisor.shared.errors import MeshvisorError
from meshvisor.worker.threads import THREADS

if TYPE_CHECKING:
    from meshvisor.features.notifications.worker.services import Service

PATIENCE: Final = 1.0
"""Seconds that the supervisor may wait for something to be due while a channel is at work."""

SOON: Final = 8.0
"""Seconds within which what will be due is waited for: less than another job costs, and enough for
failures that wait for others to be sent with them (`notifications.gather`)."""

NOT_TRIED: Final = "the one before it was not taken"

NOT_THERE: Final = "the bot is not in the room {}"


async def process(job: JobContext) -> None:
    """Deliver until nothing is due."""
    async with _connection() as client:
        if job.dry_run:
            await _say_what_is_due(job, client)
            return
        await _Processing(job, client).run()


# Private


@contextlib.asynccontextmanager
async def _connection() -> Any:
    # Every child works in the home.
    async with await AsyncControlClient.connect(Path.cwd()) as client:
        yield client


async def _say_what_is_due(job: JobContext, client: AsyncControlClient) -> None:
    found = (await client.request("notify_due"))["channels"]
    job.log(f"would deliver on: {', '.join(found) or 'no channel, nothing is due'}")


class _Processing:
    """One run of the action."""

    def __init__(self, job: JobContext, client: AsyncControlClient) -> None:
        self._job = job
        self._client = client
        self._at_work: dict[str, asyncio.Task[int]] = {}

    async def run(self) -> None:
        sent = 0
        try:
            while True:
                patience = PATIENCE if self._at_work else SOON
                busy = list(self._at_work)
                found = await self._client.request("notify_due", busy=busy, patience=patience)
                for name in found["channels"]:
                    work = _Lane(name, str(self._job.id)).run()
                    self._at_work[name] = asyncio.create_task(work, name=f"channel {name}")
                sent += self._take_ended()
                if not found["channels"] and not self._at_work:
                    break
                await self._job.checkpoint()
        finally:
            for task in self._at_work.values():
                task.cancel()
            await asyncio.gather(*self._at_work.values(), return_exceptions=True)
        if sent:
            self._job.log(f"{sent} delivered")

    def _take_ended(self) -> int:
        """Forget channels that are done; return how many messages they have delivered."""
        sent = 0
        for name, task in list(self._at_work.items()):
            if task.done():
                del self._at_work[name]
                sent += task.result()
        return sent


class _Lane:
    """One channel, for as long as something is due on it."""

    def __init__(self, name: str, lease: str) -> None:
        self._name = name
        self._lease = lease
        self._service: tuple[str, Service] | None = None
        """The service and its address."""
        self._outcomes: list[dict[str, Any]] = []
        """Those that are to be reported."""
        self._has_outcomes = asyncio.Event()
        self._has_failed = False

    async def run(self) -> int:
        """Deliver until nothing is due; return how many were."""
        sent = 0
        async with _connection() as client:
            while True:
                handout = await client.request(
                    "notify_claim", channel=self._name, lease=self._lease
                )
                if not handout["messages"]:
                    return sent
                sent += await self._deliver_all(client, handout)

    async def _deliver_all(self, client: AsyncControlClient, handout: Mapping[str, Any]) -> int:
        """Deliver a batch, and report each message as soon as it has ended."""
        self._has_failed = False
        left = list(reversed(handout["messages"]))
        async with asyncio.TaskGroup() as group:
            count = min(handout["at_once"], len(left))
            reporting = group.create_task(self._report(client, len(left)))
            for _ in range(count):
                group.create_task(self._work(client, handout, left))
        return reporting.result()

    async def _work(
        self, client: AsyncControlClient, handout: Mapping[str, Any], left: list[Any]
    ) -> None:
        while left:
            message = left.pop()
            outcome: dict[str, Any]
            if self._has_failed:
                outcome = {"error": NOT_TRIED, "is_limited": True}
            else:
                outcome = await self._deliver(client, handout, message)
            is_of_channel = not outcome.get("is_final") and not outcome.get("is_alone")
            if outcome.get("error") and is_of_channel:
                self._has_failed = True
            self._outcomes.append({"delivery_id": message["delivery_id"], **outcome})
            self._has_outcomes.set()

    async def _report(self, client: AsyncControlClient, count: int) -> int:
        """Report outcomes as they come, those together that have come meanwhile."""
        sent = 0
        while count:
            await self._has_outcomes.wait()
            self._has_outcomes.clear()
            outcomes, self._outcomes = self._outcomes, []
            if outcomes:
                await client.request(
                    "notify_report", channel=self._name, lease=self._lease, outcomes=outcomes
                )
            count -= len(outcomes)
            sent += sum("error" not in one for one in outcomes)
        return sent

    async def _deliver(
        self, client: AsyncControlClient, handout: Mapping[str, Any], message: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return what became of one message, but for its number."""
        try:
            if handout["kind"] == "mesh":
                async with asyncio.timeout(handout["timeout"]):
                    return await _say(message)
            service = await self._service_of(handout)
            words = (message["title"], message["text"], message["severity"])
            async with asyncio.timeout(handout["timeout"]):
                call = THREADS.call(partial(service.send, *words), f"channel {self._name}")
                found: dict[str, Any] = await call.future
                return found
        except TimeoutError:
            return {
                "error": f"no answer within {handout['timeout']:g} s; it may have arrived "
                "all the same"
            }
        except MeshvisorError as error:
            return {"error": str(error), "is_alone": True}
        except _Unusable as error:
            return {"error": str(error)}

    async def _service_of(self, handout: Mapping[str, Any]) -> Service:
        """Return the service of an address, which stays the same for a while."""
        url = handout["url"]
        if self._service is None or self._service[0] != url:
            call = THREADS.call(
                partial(_make_service, url, handout["timeout"]), f"channel {self._name}"
            )
            self._service = (url, await call.future)
        return self._service[1]


class _Unusable(Exception):  # noqa: N818 - said of the channel; the caller makes an outcome of it
    pass


def _make_service(url: str, timeout: float) -> Service:
    # In a thread: loading the library takes most of a second.
    from meshvisor.features.notifications.worker.services import Service, ServiceError

    try:
        return Service(url, timeout)
    except ServiceError as error:
        raise _Unusable(str(error)) from None


async def _say(message: Mapping[str, Any]) -> dict[str, Any]:
    mesh_id = message["mesh_id"]
    if not mesh_id:
        return {"error": "it is about no mesh, so there is no chat to say it in", "is_final": True}
    text = "\n".join(one for one in (message["title"], message["text"]) if one)
    # A connection of its own: a bot may take its time.
    async with _connection() as client:
        found = await client.request(
            "notify_say",
            notification_id=message["notification_id"],
            mesh_id=mesh_id,
            user_id=message["user_id"],
            text=text[:MOST_SAID],
        )
    if found["is_said"]:
        return {}
    return {"error": NOT_THERE.format(mesh_id), "is_alone": True}


MOST_SAID: Final = 4_000
"""Characters that are said in a chat."""
