"""`job.http` and a service that wants a pause."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from meshvisor import JobContext, action
from meshvisor.features.jobs.messages.from_runner import JobRateLimited
from meshvisor.features.jobs.worker.http import UNSAID
from meshvisor.shared.protocol.to_worker import Shutdown
from tests.features.jobs.worker.lane_side import LaneSide, RunningLane


@pytest.fixture
async def service() -> AsyncIterator[str]:
    """Return the address of a service; a query decides what it answers."""

    async def answer(request: web.Request) -> web.Response:
        wanted = request.query
        headers = {"Retry-After": wanted["after"]} if "after" in wanted else {}
        return web.Response(status=int(wanted.get("status", 200)), headers=headers, text="hello")

    application = web.Application()
    application.router.add_get("/", answer)
    server = TestServer(application)
    await server.start_server()
    yield str(server.make_url("/"))
    await server.close()


def register(query: dict[str, str], service: str, *, thread: bool) -> None:
    """Register an action that asks once."""

    def ask(job: JobContext) -> None:
        for item in job.items():
            response = job.http.get(service, params=query)
            _ = item.done([response.status_code, response.text])

    async def ask_too(job: JobContext) -> None:
        async for item in job.items():
            response = await job.http.get(service, params=query)
            _ = item.done([response.status_code, response.text])

    action("ask")(ask if thread else ask_too)


@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
@pytest.mark.parametrize("status", [200, 404, 500, 503])
async def test_other_answers(lane: LaneSide, service: str, status: int, thread: bool) -> None:
    """They are for the action to judge; of a 503 that is one which names no time."""
    after = {} if status == 503 else {"after": "5"}
    register({"status": str(status), **after}, service, thread=thread)
    job = await lane.do("ask", ["a", "b"])
    assert job.results == {"a": [status, "hello"], "b": [status, "hello"]}


@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        ({"after": "30"}, 30.0),
        ({"after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"after": "Fri, 31 Dec 9999 23:59:59 GMT"}, 7 * 86400.0),
        ({"after": "9" * 400}, 7 * 86400.0),
        ({"after": "Thu, 99 Jan 1970 99:99:99 GMT"}, UNSAID),
        ({"after": "Fri, 31 Dec 9999 23:59:59 -2359"}, 7 * 86400.0),
        ({}, UNSAID),
    ],
    ids=["seconds", "past", "far future", "endless", "no date", "last moment", "unsaid"],
)
async def test_a_pause(
    lane: LaneSide, service: str, after: dict[str, str], seconds: float, thread: bool
) -> None:
    """The job waits for as long as the service says, at most a week."""
    register({"status": "429", **after}, service, thread=thread)
    end = await lane.begin("ask", ["a"]).end()
    assert isinstance(end, JobRateLimited)
    assert (end.resume_after, end.key) == (seconds, None)


async def test_a_pause_in_a_group_of_tasks(lane: LaneSide, service: str) -> None:
    """Several requests at once hear the same, and the longest pause counts."""

    @action("ask")
    async def ask(job: JobContext) -> None:
        async def get(after: int) -> Any:
            return await job.http.get(service, params={"status": "429", "after": str(after)})

        met = asyncio.Barrier(3)

        async def together(after: int) -> None:
            try:
                await get(after)
            finally:
                await met.wait()

        async with asyncio.TaskGroup() as group:
            for after in (3, 9, 6):
                group.create_task(together(after))

    end = await lane.begin("ask").end()
    assert isinstance(end, JobRateLimited)
    assert end.resume_after == 9.0


@pytest.mark.parametrize("mode", ["end", "shutdown"])
@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
async def test_the_client_is_closed(
    running: RunningLane, lane: LaneSide, service: str, mode: str, thread: bool
) -> None:
    """Its connections end with the run, also when the runner ends first."""
    clients: list[Any] = []

    def ask(job: JobContext) -> None:
        for item in job.items():
            clients.append(job.http)
            assert job.http is clients[0]
            job.http.get(service)
            _ = item.done()

    async def ask_too(job: JobContext) -> None:
        async for item in job.items():
            clients.append(job.http)
            assert job.http is clients[0]
            await job.http.get(service)
            _ = item.done()
            if item.position == 1 and mode == "shutdown":
                await asyncio.Event().wait()

    action("ask")(ask if thread else ask_too)
    job = lane.begin("ask", ["a", "b"])
    await job.has("b")
    if mode == "end" or thread:
        await job.end()
    lane.send(Shutdown(mode="forced", deadline=1.0))
    await running.exit_code()
    assert clients[0].is_closed
