from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from meshvisor.shared.control.results import LogLine
from meshvisor.shared.logs.current import MESH
from meshvisor.shared.logs.files import Wanted, read_tail
from meshvisor.shared.logs.line import is_of
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.kernel import LogSettings
from meshvisor.supervisor.logs.collector import LogCollector
from tests.clock import START, ManualClock

log = logging.getLogger("meshvisor.supervisor.test")


class Logs:
    """A collector on a home, what it showed, and what its subscriber got."""

    def __init__(self, home: Home, settings: LogSettings) -> None:
        self.shown: list[str] = []
        self.received: list[LogLine] = []
        self._came = asyncio.Event()
        self.collector = LogCollector(home.logs, settings, ManualClock(), self.shown.append)
        self.unsubscribe = self.collector.subscribe(self._receive)
        self._ends: list[int] = []

    def worker(self, mesh_id: str) -> int:
        """The write end of a new worker's log pipe."""
        read_end, write_end = os.pipe()
        self.collector.attach_mesh(mesh_id, read_end)
        self._ends.append(write_end)
        return write_end

    def helper(self, name: str) -> int:
        """The write end of a helper's log pipe."""
        read_end, write_end = os.pipe()
        self.collector.attach(name, read_end)
        self._ends.append(write_end)
        return write_end

    async def until(self, count: int) -> None:
        """Wait until so many records have come."""
        while len(self.received) < count:
            self._came.clear()
            await self._came.wait()

    def texts(self, mesh_id: str | None, lines: int = 100) -> list[str]:
        """The texts in memory."""
        return [line.text for line in self.collector.tail(mesh_id, lines)]

    def close(self) -> None:
        """End everything."""
        self.collector.close()
        for end in self._ends:
            os.close(end)

    def _receive(self, line: LogLine) -> None:
        self.received.append(line)
        self._came.set()


@asynccontextmanager
async def collecting(home: Home, **settings: object) -> AsyncIterator[Logs]:
    """A collector that is closed at the end."""
    logs = Logs(home, LogSettings.model_validate(settings))
    try:
        yield logs
    finally:
        logs.close()


async def test_everything_comes_together(home: Home) -> None:
    """Workers, helpers and the supervisor are in memory, in files, shown and passed on."""
    async with collecting(home) as logs:
        record = {"ts": START, "level": "error", "msg": "failed", "traceback": "Trace\n  x"}
        os.write(logs.worker("lobby"), json.dumps(record).encode() + b"\n")
        await logs.until(1)
        os.write(logs.helper("zygote"), b"\x1b[1mloaded\x1b[0m\n")
        await logs.until(2)
        log.warning("careful", extra={"event": "test.careful"})
        assert logs.texts("lobby") == ["failed\nTrace\n  x"]
        assert logs.texts(None) == ["failed\nTrace\n  x", "zygote: loaded", "careful"]
        assert [line.mesh_id for line in logs.received] == ["lobby", None, None]
        assert [line.level for line in logs.received] == ["error", "info", "warning"]
        assert [text[9:] for text in logs.shown] == [
            "[mesh-lobby] error: failed\n    Trace\n      x",
            "[zygote] loaded",
            "[supervisor] warning: careful",
        ]
    texts = {path.name: path.read_text() for path in home.logs.iterdir()}
    assert set(texts) == {"mesh-lobby.log", "zygote.log", "supervisor.log"}
    assert texts["supervisor.log"].endswith("[supervisor] careful event=test.careful\n")
    assert len(texts["mesh-lobby.log"].splitlines()) == 3
    assert read_tail(home, Wanted(("lobby",)), 5)[0] == logs.received[0].model_dump()


async def test_what_the_supervisor_says_about_a_mesh(home: Home) -> None:
    """It is part of the mesh's log and of the supervisor's, and shown once."""
    async with collecting(home) as logs:
        log.error("crashed", extra={"event": "worker.crashed", "mesh_id": "lobby"})
        assert logs.texts("lobby") == logs.texts(None) == ["crashed"]
        assert len(logs.shown) == len(logs.received) == 1
    for source in ("mesh-lobby", "supervisor"):
        content = (home.logs / f"{source}.log").read_text()
        assert content.endswith("[mesh-lobby] crashed event=worker.crashed\n")


async def test_what_is_said_about_a_mesh_comes_behind_its_own_words(home: Home) -> None:
    """What a worker has written before is taken in before what the supervisor makes of it."""
    async with collecting(home) as logs:
        first, second = logs.worker("lobby"), logs.worker("lobby")
        os.write(first, b"connect 3 failed\n")
        os.write(second, b"and so did another\n")
        log.error("blocked after 3 failed connects", extra={"mesh_id": "lobby"})
        texts = logs.texts("lobby")
    assert sorted(texts[:2]) == ["and so did another", "connect 3 failed"]
    assert texts[2:] == ["blocked after 3 failed connects"]


async def test_records_of_a_mesh_in_this_process(home: Home) -> None:
    """With `--single-process` what a worker's task logs is filed as the mesh's."""
    async with collecting(home) as logs:

        async def work() -> None:
            MESH.set("lobby")
            log.info("working")

        await asyncio.create_task(work())
        log.info("not working")
        assert logs.texts("lobby") == ["working"]


async def test_records_from_threads(home: Home) -> None:
    """From whatever thread, records arrive in the event loop."""
    threads = []
    async with collecting(home) as logs:
        logs.collector.subscribe(lambda _: threads.append(threading.get_ident()))
        await asyncio.gather(*(asyncio.to_thread(log.info, "%d", n) for n in range(20)))
        await logs.until(20)
        assert sorted(map(int, logs.texts(None))) == list(range(20))
    assert set(threads) == {threading.get_ident()}


async def test_warnings_are_records(home: Home) -> None:
    """A warning of a library is logged, not printed over the status line."""
    async with collecting(home) as logs:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(False)
            logging.captureWarnings(True)
            warnings.warn("old", DeprecationWarning, stacklevel=1)
        assert "DeprecationWarning: old" in logs.texts(None)[0]


async def test_level(home: Home) -> None:
    """Records of the supervisor below the level of the settings are not made."""
    async with collecting(home, level="warning") as logs:
        log.info("detail")
        log.warning("careful")
        assert logs.texts(None) == ["careful"]


async def test_logging_is_as_before_afterwards(home: Home) -> None:
    """The collector leaves nothing behind in `logging`."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    async with collecting(home):
        assert len(root.handlers) == 1
    assert (root.handlers[:], root.level) == before


async def test_unsubscribe(home: Home) -> None:
    """A subscriber that has left gets nothing more; leaving twice does no harm."""
    async with collecting(home) as logs:
        log.warning("one")
        logs.unsubscribe()
        logs.unsubscribe()
        log.warning("two")
        assert [line.text for line in logs.received] == ["one"]


async def test_tail_is_limited(home: Home) -> None:
    """No more than asked for, and no more than the settings keep."""
    async with collecting(home, lines_in_memory=3) as logs:
        for number in range(5):
            log.warning("%d", number)
        assert logs.texts(None, 2) == ["3", "4"]
        assert logs.texts(None, 100) == ["2", "3", "4"]


async def test_mistake_while_passing_on(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A logger does not suffer from a receiver that fails."""
    async with collecting(home) as logs:

        def fail(line: LogLine) -> None:
            raise ValueError("a mistake")

        logs.collector.subscribe(fail)
        log.warning("fine")
        assert logs.texts(None) == ["fine"]
    assert "a mistake" in capsys.readouterr().err


async def test_the_log_of_a_lane(home: Home) -> None:
    """A lane is asked for by the name of its log; what is followed is distinguished likewise."""
    async with collecting(home) as logs:
        os.write(logs.helper("lane-game"), b"from the lane\n")
        os.write(logs.helper("lane-other"), b"from another\n")
        os.write(logs.worker("game"), b"from a mesh\n")
        await logs.until(3)
        assert logs.texts("lane-game") == ["lane-game: from the lane"]
        assert logs.texts("game") == ["from a mesh"]
        about = [
            line.text for line in logs.received if is_of({"lane-game"}, line.mesh_id, line.text)
        ]
        assert about == ["lane-game: from the lane"]
