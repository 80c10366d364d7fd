"""Events: the lists of them, and the live stream in the face of viewers that misbehave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import pytest

from meshvisor.console import stream
from meshvisor.console.access import Console
from meshvisor.console.app import make_app, make_authenticator
from meshvisor.console.control import Control, Fresh
from meshvisor.console.database import Database
from meshvisor.console.options import ConsoleOptions
from meshvisor.console.server import listen, make_server, url_of
from meshvisor.console.stream import MOST_WAITING, PING_EVERY, EventHub, Viewer
from meshvisor.shared.paths import Home
from tests.console_client import Consoles, Visitor
from tests.fleet import PATIENCE


@dataclass
class Sent:
    """One event of a stream."""

    name: str = ""
    number: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


class Watching:
    """A viewer; used in `async with`."""

    def __init__(self, visitor: Visitor, path: str = "", after: int | None = None) -> None:
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        self._context = visitor.stream("GET", f"/api/v1/events/stream{path}", headers=headers)

    async def __aenter__(self) -> Self:
        self._response = await self._context.__aenter__()
        assert self._response.status_code == 200
        self._events = self._read()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._events.aclose()
        await self._context.__aexit__(None, None, None)

    async def next(self, name: str = "") -> Sent:
        """Return the next event of this name."""
        async with asyncio.timeout(PATIENCE):
            async for sent in self._events:
                if sent.name == name:
                    return sent
        raise AssertionError("the stream has ended")

    async def _read(self) -> AsyncGenerator[Sent, None]:
        sent = Sent()
        async with aclosing(self._response.aiter_lines()) as lines:  # type: ignore[type-var]
            async for line in lines:
                key, _, value = line.partition(": ")
                match key:
                    case "id":
                        sent.number = int(value)
                    case "event":
                        sent.name = value
                    case "data":
                        sent.data = json.loads(value)
                    case "" if not line and (sent.name or sent.data):  # behind a comment: nothing
                        yield sent
                        sent = Sent()


async def block(visitor: Visitor, mesh_id: str) -> None:
    """Have an event happen."""
    response = await visitor.post("/api/v1/blocklist", json={"mesh_id": mesh_id})
    assert response.status_code == 200, response.text


async def test_following(shared: Consoles) -> None:
    """Events reach all viewers of their kind, once each; one that comes back misses nothing."""
    program = await shared.program("*:operate")
    async with Watching(program) as everything, Watching(program, "?kinds=job.*") as other:
        first = await everything.next("live")
        await other.next("live")
        await block(program, "one")
        blocked = await everything.next()
        assert (blocked.data["kind"], blocked.data["subject"]) == ("block.set", "one")
        assert blocked.number == blocked.data["seq"]
        assert blocked.data["actor"].startswith("token:")
    await block(program, "two")
    async with Watching(program, "?kinds=block.*", after=blocked.number) as back:
        assert (await back.next()).data["subject"] == "two"
        await block(program, "three")
        assert (await back.next()).data["subject"] == "three"
    async with Watching(program, f"?after={first.number}&kinds=block.*") as again:
        subjects = [(await again.next()).data["subject"] for _ in range(3)]
        assert subjects == ["one", "two", "three"]
    async with Watching(program, "?kinds=block.*&mesh_id=three", after=first.number) as only:
        assert (await only.next()).data["subject"] == "three"
        await block(program, "four")
        await program.delete("/api/v1/blocklist/three")
        assert (await only.next()).data["kind"] == "block.ended"
    wrong = await program.get("/api/v1/events/stream?kinds=nothing.ever")
    assert wrong.status_code == 400
    assert "no kind of event" in wrong.json()["detail"]


async def test_viewers_are_counted(shared: Consoles) -> None:
    """One reader of the log serves all viewers, and nothing is asked without viewers."""
    program = await shared.program("*:operate", "metrics:view")

    async def viewers() -> int:
        text = (await program.get("/metrics")).text
        return int(text.partition("\nmeshvisor_console_viewers ")[2].partition("\n")[0])

    async with Watching(program) as one, Watching(program) as two:
        await one.next("live")
        await two.next("live")
        assert await viewers() == 2

    async def none() -> bool:
        return await viewers() == 0

    await shared.fleet.until_told(none, "the viewers to be gone")


async def test_a_viewer_that_comes_back_is_notified_at_once(
    shared: Consoles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log is followed on for those who come while it is about to be left."""
    monkeypatch.setattr(stream, "LINGER", 10 * PATIENCE)
    control = Control(shared.fleet.home)
    hub = EventHub(control)
    hub.add(gone := Viewer(()))
    hub.remove(gone)
    await asyncio.sleep(0)  # it waits for a viewer to come back
    hub.add(Viewer(()))
    async with asyncio.timeout(PATIENCE):
        await hub.live.wait()
    await hub.close()
    control.close()


async def test_a_slow_viewer_is_left() -> None:
    """It gets no more than fits, then the end; it comes back with its last number."""
    viewer = Viewer(("job.*",))
    assert viewer.wants("job.failed", "den")
    assert not viewer.wants("mesh.failed", None)
    viewer.put(5, b"a")
    viewer.put(6, b"b")
    assert await viewer.take(5) == b"b"
    for number in range(MOST_WAITING + 1):
        viewer.put(number + 7, b"x")
    assert viewer.is_over
    viewer.put(2 * MOST_WAITING, b"behind the gap")
    assert await viewer.take(0) == b""


@asynccontextmanager
async def served(home: Home, clock: Callable[[], float]) -> AsyncIterator[str]:
    """Serve a second console of a home, by a clock of the test; yields its address."""
    options = ConsoleOptions()
    control, database = Control(home), Database(home.database)
    authenticator = make_authenticator(database, control, options)
    hub, status = EventHub(control), Fresh(control, "status")
    made = Console(home, options, control, database, authenticator, hub, status, clock)
    server, listener = make_server(make_app(made), options), listen(options)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield url_of(options, listener)
    finally:
        server.should_exit = True
        hub.end()
        await serving
        await hub.close()
        control.close()
        database.close()


@pytest.mark.parametrize("of", ["events", "logs"])
async def test_ended_access_ends_a_busy_stream(shared: Consoles, of: str) -> None:
    """A revoked token reads a stream no more, although it is never silent."""
    program, reader = await shared.program("*:operate"), await shared.program(f"{of}:view")
    token = (await reader.state())["operator"]["name"]
    now = 0.0

    async def keep_busy() -> None:
        while True:
            await block(program, "busy")
            await program.delete("/api/v1/blocklist/busy")

    async with (
        served(shared.fleet.home, lambda: now) as url,
        Visitor(url, headers=reader.headers) as visitor,
        visitor.stream("GET", f"/api/v1/{of}/stream") as response,
        asyncio.timeout(PATIENCE),
    ):
        lines = response.aiter_lines()
        await until(lines, "event: live")
        traffic = asyncio.create_task(keep_busy())
        try:
            await until(lines, "data: ")  # of `live`
            await until(lines, "data: ")
            revoked = await shared.fleet.command("token", "revoke", token)
            assert revoked.code == 0
            now += PING_EVERY
            await until(lines, "event: signed_out")
            assert [line async for line in lines if line.startswith("id: ")] == []
        finally:
            traffic.cancel()
            await asyncio.wait((traffic,))


async def until(lines: AsyncIterator[str], beginning: str) -> None:
    """Read up to a line that begins so."""
    async for line in lines:
        if line.startswith(beginning):
            return
    raise AssertionError(f"the stream has ended before {beginning!r}")


async def test_lists_are_those_of_the_supervisor(shared: Consoles) -> None:
    """Events by kind, by mesh, behind a place and the newest ones, and the audit log: the console
    reads them itself, and answers as the control socket does.
    """
    program = await shared.program("*:operate")
    await block(program, "five")
    for query, fields in (
        ("", {}),
        ("?kinds=block.*,token.added", {"kinds": ["block.*", "token.added"]}),
        ("?cursor=1&limit=2", {"after": 1, "limit": 2}),
        ("?mesh_id=five", {"mesh_id": "five"}),
        ("?kinds=mesh.failed", {"kinds": ["mesh.failed"]}),
    ):
        found = (await program.get(f"/api/v1/events{query}")).json()
        assert found == await shared.fleet.ask("events", **fields), query
    everything = (await program.get("/api/v1/events")).json()
    last = everything["events"][-1]
    for since, expected in (
        ("2000-01-01T00:00:00Z", everything["events"]),
        (last["at"], [one for one in everything["events"] if one["at"] == last["at"]]),
        ("2999-01-01T00:00:00Z", []),
    ):
        found = (await program.get("/api/v1/events", params={"since": since})).json()
        assert found == {**everything, "events": expected}
    wrong = await program.get("/api/v1/events?kinds=nothing.ever&since=2000-01-01T00:00:00Z")
    assert (wrong.status_code, "no kind of event" in wrong.json()["detail"]) == (400, True)
    for limit in (1, 50):
        audit = (await program.get(f"/api/v1/audit?limit={limit}")).json()
        assert audit == await shared.fleet.ask("audit", limit=limit)
