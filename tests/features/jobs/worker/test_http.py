"""The HTTP client of jobs, against a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from meshvisor import JobContext, action
from meshvisor.features.jobs.messages.from_runner import JobRateLimited
from meshvisor.features.jobs.worker.http import UNSAID
from tests.features.jobs.worker.lane_side import LaneSide


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """Return a service that answers /ok, and wants a pause at /limited."""

    async def ok(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def limited(_request: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "7"})

    async def away(_request: web.Request) -> web.Response:
        return web.Response(status=503)

    async def back(_request: web.Request) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": "1.5"})

    async def silent(_request: web.Request) -> web.Response:
        return web.Response(status=429)

    async def vague(_request: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "soon"})

    application = web.Application()
    application.add_routes(
        [web.get("/ok", ok), web.get("/limited", limited), web.get("/silent", silent)]
    )
    application.add_routes(
        [web.get("/away", away), web.get("/back", back), web.get("/vague", vague)]
    )
    made = TestServer(application)
    await made.start_server()
    yield made
    await made.close()


@pytest.mark.parametrize("kind", ["thread", "coroutine"])
async def test_a_service_that_wants_a_pause(lane: LaneSide, server: TestServer, kind: str) -> None:
    """429 is a rate limit; any other answer is handed on."""
    address = str(server.make_url("/"))
    if kind == "thread":

        @action("asks")
        def asks(job: JobContext) -> None:
            assert job.http.get(f"{address}ok").json() == {"ok": True}
            job.http.get(f"{address}limited")
    else:

        @action("asks")
        async def asks_too(job: JobContext) -> None:
            assert (await job.http.get(f"{address}ok")).json() == {"ok": True}
            await job.http.get(f"{address}limited")

    end = await lane.begin("asks").end()
    assert isinstance(end, JobRateLimited), end
    assert end.resume_after == 7.0


@pytest.mark.parametrize("path", ["/silent", "/vague"])
@pytest.mark.parametrize(("said", "seconds"), [(None, UNSAID), (2_500, 2.5)])
async def test_a_service_that_does_not_say_how_long(
    lane: LaneSide, server: TestServer, said: int | None, seconds: float, path: str
) -> None:
    """Then it is as long as the settings or the submission say."""
    address = str(server.make_url(path))

    @action("asks")
    async def asks(job: JobContext) -> None:
        await job.http.get(address)

    end = await lane.begin("asks", rate_limit_ms=said).end()
    assert isinstance(end, JobRateLimited), end
    assert end.resume_after == seconds


@pytest.mark.parametrize("kind", ["thread", "coroutine"])
async def test_a_service_that_is_away(lane: LaneSide, server: TestServer, kind: str) -> None:
    """503 is a rate limit where it says for how long, and else an answer like any other."""
    address = str(server.make_url("/"))
    if kind == "thread":

        @action("asks")
        def asks(job: JobContext) -> None:
            assert job.http.get(f"{address}away").status_code == 503
            job.http.get(f"{address}back")
    else:

        @action("asks")
        async def asks_too(job: JobContext) -> None:
            assert (await job.http.get(f"{address}away")).status_code == 503
            await job.http.get(f"{address}back")

    end = await lane.begin("asks").end()
    assert isinstance(end, JobRateLimited), end
    assert end.resume_after == 1.5
