"""The live stream: one reader of the event log for all who watch.

Owns the one connection that follows the log while there are viewers, and the queue of each viewer.
Does not own the log, nor which kinds there are.  Without viewers, nothing is asked.

    supervisor ── events_follow ──▶ EventHub ──▶ Viewer ── SSE ──▶ browser
                                           └───▶ Viewer ── SSE ──▶ browser

A viewer first reads what it has missed, then takes what the hub passes on, without what it has read
already.  One that reads too slowly is left: its browser comes back with `Last-Event-ID`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Any, Final

from meshvisor.console import wordings as say
from meshvisor.console.control import Control
from meshvisor.console.problem import ProblemError
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.events.kind import matches

log = logging.getLogger(__name__)

PING_EVERY: Final = 15.0
"""Seconds between two looks whether a reader may still read a stream, however much comes; where
nothing has come a comment is sent, so that proxies keep the connection."""

MOST_WAITING: Final = 1000
"""Events that wait for a viewer."""

GATHERED: Final = 0.1
"""Seconds that a viewer waits for more once something has come: the events of a restart come within
a few hundredths, and are then one write for each of a hundred viewers, when the restart is over."""

MOST_VIEWERS: Final = 400

MOST_MISSED: Final = 1000
"""Events that are sent again to one who comes back; beyond that the lists are read anew."""

LINGER: Final = 5.0
"""Seconds that the log is followed on when the last viewer has left: pages are loaded again."""

TRY_AGAIN: Final = 1.0
"""Seconds before a supervisor that is gone is asked again."""

EVERYTHING: Final = "*"

PING: Final = b": ping\n\n"


def written(name: str, data: Any, number: int | None = None) -> bytes:
    """Return one server-sent event.

    Args:
        name: of it; empty: an ordinary one.
        data: its JSON.
        number: what the browser comes back with as `Last-Event-ID`; None: as before.
    """
    lines = [f"id: {number}"] if number is not None else []
    lines += [f"event: {name}"] if name else []
    lines.append(f"data: {json.dumps(data, separators=(',', ':'))}")
    return ("\n".join(lines) + "\n\n").encode()


class Viewer:
    """What one viewer has not been sent yet.

    Args:
        kinds: what it wants; empty: all.
        mesh_id: the mesh of which it wants it; None: of all, and of what is about none.
    """

    def __init__(self, kinds: Sequence[str], mesh_id: str | None = None) -> None:
        self.kinds = tuple(kinds)
        self.mesh_id = mesh_id
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._came = asyncio.Event()
        self.is_over = False
        """Whether nothing comes any more: it reads too slowly, or the console ends."""

    def wants(self, kind: str, mesh_id: str | None) -> bool:
        """Return whether it has asked for events of this kind, of this mesh."""
        if self.mesh_id is not None and mesh_id != self.mesh_id:
            return False
        return not self.kinds or any(matches(pattern, kind) for pattern in self.kinds)

    def put(self, number: int, content: bytes) -> None:
        """Have something sent to it; number 0: whatever it has read already."""
        if self.is_over:
            return  # it would be sent what comes behind a gap that it cannot see
        if len(self._waiting) >= MOST_WAITING:
            self.end()
        else:
            self._waiting.append((number, content))
            self._came.set()

    def end(self) -> None:
        """Send nothing any more."""
        self.is_over = True
        self._waiting.clear()
        self._came.set()

    async def take(self, after: int) -> bytes:
        """Return all that is to be sent behind what it has read already; empty: nothing comes."""
        while not self._waiting and not self.is_over:
            self._came.clear()
            await self._came.wait()
        if not self.is_over:
            await asyncio.sleep(GATHERED)
        content = b"".join(one for number, one in self._waiting if not 0 < number <= after)
        self._waiting.clear()
        return content or (b"" if self.is_over else PING)


class EventHub:
    """Follows the log while there are viewers; make it inside a running event loop.

    Args:
        control: is asked for the log.
        build: of the console, which pages are sent (`build`).
    """

    def __init__(self, control: Control, build: str = "") -> None:
        self._control = control
        self.build = build
        self._viewers: set[Viewer] = set()
        self._named: frozenset[str] = frozenset()
        """Kinds that viewers name: what happens in rooms is sent only to those that name it."""
        self._forgetting: asyncio.TimerHandle | None = None
        self._following: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._watched = asyncio.Event()
        """Set while there are viewers."""
        self.live = asyncio.Event()
        """Set while the log is followed."""
        self._last = 0

    def check_room(self) -> None:
        """Refuse a further viewer when there are too many.

        Raises:
            ProblemError: there are.
        """
        if len(self._viewers) >= MOST_VIEWERS:
            raise ProblemError(503, say.MANY_VIEWERS.said(), {"Retry-After": "10"})

    def add(self, viewer: Viewer) -> None:
        """Pass events on to a viewer from now on."""
        self._viewers.add(viewer)
        self._watched.set()
        self._names_changed()
        if self._following is None:
            self._following = asyncio.create_task(self._follow(), name="follow events")

    def remove(self, viewer: Viewer) -> None:
        """Pass nothing on to it any more."""
        self._viewers.discard(viewer)
        if self._viewers:
            self._names_changed()
        else:
            self._watched.clear()

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._viewers)

    def end(self) -> None:
        """End all streams."""
        for viewer in self._viewers:
            viewer.end()

    async def close(self) -> None:
        """End all streams and ask for nothing more; idempotent."""
        self.end()
        if self._forgetting is not None:
            self._forgetting.cancel()
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait((self._following,))

    # Private

    def _names_changed(self) -> None:
        """Have other kinds followed: at once where a viewer misses some, else after a while."""
        named = frozenset(kind for viewer in self._viewers for kind in viewer.kinds)
        if not named <= self._named:
            self._named = named
            self._changed.set()
        elif named != self._named and self._forgetting is None:
            # A page that is loaded anew leaves, and names the same kinds a moment later.
            self._forgetting = asyncio.get_running_loop().call_later(LINGER, self._forget)

    def _forget(self) -> None:
        """Follow no kinds any more that no viewer names: what happens in rooms is much."""
        self._forgetting = None
        named = frozenset(kind for viewer in self._viewers for kind in viewer.kinds)
        if self._viewers and named != self._named:
            self._named = named
            self._changed.set()

    async def _follow(self) -> None:
        try:
            while await self._is_watched():
                self._changed.clear()
                try:
                    await self._pass_on()
                except MeshvisorError as error:
                    if self.live.is_set():
                        log.info("events are not told: %s", error, extra={"event": "console.lost"})
                        self.live.clear()
                        self._tell("lost", {"detail": str(error)})
                    await asyncio.sleep(TRY_AGAIN)
        finally:
            self._following = None
            self._named = frozenset()
            self._last = 0
            self.live.clear()

    async def _is_watched(self) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._watched.wait(), LINGER)
        return bool(self._viewers)

    async def _pass_on(self) -> None:
        """Pass on what comes, until there are no viewers or other kinds are named."""
        kinds = [EVERYTHING, *sorted(self._named)] if self._named else []
        # The first time only what comes; later also what was missed meanwhile.
        after = self._last or None
        limit = MOST_MISSED if after else 1
        stream = self._control.stream("events_follow", kinds=kinds, after=after, limit=limit)
        async with aclosing(_until(stream, self._is_done)) as events:
            async for event in events:
                if "live" in event:
                    self._begin(int(event["next"]))
                elif self._last:
                    self._pass(event)

    async def _is_done(self) -> None:
        """Return when there are no viewers any more, or other kinds are named."""
        while self._viewers:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), LINGER)
                return

    def _begin(self, last: int) -> None:
        self._last = max(self._last, last)
        if not self.live.is_set():
            self.live.set()
            self._tell("live", {"build": self.build})

    def _pass(self, event: dict[str, Any]) -> None:
        number = self._last = max(self._last, int(event["seq"]))
        content = written("", event, number)
        for viewer in self._viewers:
            if viewer.wants(event["kind"], event["mesh_id"]):
                viewer.put(number, content)

    def _tell(self, name: str, data: Any) -> None:
        content = written(name, data)
        for viewer in self._viewers:
            viewer.put(0, content)


class EventReading:
    """What one viewer is sent, from the first to the last.

    Args:
        hub: passes events on.
        control: is asked for what was missed.
        viewer: its queue.
        after: the last event that it has seen; None: only what comes.
    """

    def __init__(self, hub: EventHub, control: Control, viewer: Viewer, after: int | None) -> None:
        self._hub = hub
        self._control = control
        self._viewer = viewer
        self._after = after
        self._read = 0

    async def check(self) -> None:
        """Refuse unknown kinds, and a viewer too many.

        Raises:
            UsageError: one of them is none.
            ProblemError: there are too many.
        """
        self._hub.check_room()
        # Without a supervisor the stream begins all the same, and says so.
        try:
            await self._page(None, 1)
        except UsageError:
            raise
        except MeshvisorError:
            return

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Yield what is sent, until the viewer is too slow, or the console ends."""
        self._hub.add(self._viewer)
        try:
            async for content in self._missed():
                yield content
            yield written("live", {"build": self._hub.build}, self._read)
            while content := await self._viewer.take(self._read):
                yield content
        finally:
            self._hub.remove(self._viewer)

    # Private

    async def _missed(self) -> AsyncGenerator[bytes, None]:
        while True:
            try:
                page = await self._page(self._after, MOST_MISSED if self._after is not None else 1)
                break
            except MeshvisorError as error:
                yield written("lost", {"detail": str(error)})
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._hub.live.wait(), PING_EVERY)
                await asyncio.sleep(TRY_AGAIN)
        self._read = int(page["next"])
        if self._after is None:
            return
        if len(page["events"]) >= MOST_MISSED:
            self._read = int((await self._page(None, 1))["next"])
            yield written("gap", {}, self._read)
            return
        for event in page["events"]:
            yield written("", event, event["seq"])

    async def _page(self, after: int | None, limit: int) -> Any:
        return await self._control.request(
            "events",
            kinds=list(self._viewer.kinds),
            mesh_id=self._viewer.mesh_id,
            after=after,
            limit=limit,
        )


async def while_allowed(
    events: AsyncGenerator[bytes, None],
    still_may: Callable[[], Awaitable[bool]],
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[bytes, None]:
    """Yield the same as long as its reader may read it, and a comment where nothing comes.

    Whether they may is asked by the clock, however much comes.

    Args:
        events: what is sent; it is closed at the end.
        still_may: says whether the reader may still read them.
        clock: monotonic seconds.
    """
    coming = asyncio.ensure_future(anext(events, None))
    try:
        due = clock() + PING_EVERY
        while True:
            done, _ = await asyncio.wait((coming,), timeout=max(0.0, due - clock()))
            if clock() >= due:
                if not await still_may():
                    yield written("signed_out", {})
                    return
                due = clock() + PING_EVERY
                if not done:
                    yield PING
            if not done:
                continue
            content = coming.result()
            if content is None:
                return
            yield content
            coming = asyncio.ensure_future(anext(events, None))
    finally:
        coming.cancel()
        await asyncio.wait((coming,))
        await events.aclose()


# Private


async def _until(
    events: AsyncGenerator[dict[str, Any], None], over: Callable[[], Awaitable[None]]
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield events until there are no more, or `over` returns."""
    ending = asyncio.ensure_future(over())
    coming = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            await asyncio.wait((coming, ending), return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return
            event = coming.result()
            if event is None:
                return
            yield event
            coming = asyncio.ensure_future(anext(events, None))
    finally:
        for task in (coming, ending):
            task.cancel()
        await asyncio.wait((coming, ending))
        await events.aclose()
