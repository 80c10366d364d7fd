"""Many services are started, run, stopped and configured as one, in their order."""

from __future__ import annotations

import asyncio

import pytest

from meshvisor.shared.errors import MissingError
from meshvisor.shared.settings.model import Settings, default_settings
from meshvisor.supervisor.service_contract import QuietService, Stopping
from meshvisor.supervisor.service_group import ServiceGroup
from tests.stopping import stopping


class Noted(QuietService):
    """Notes what is asked of it, and fails where the test says."""

    def __init__(self, name: str, notes: list[str], fails: tuple[str, ...] = ()) -> None:
        self._name = name
        self._notes = notes
        self._fails = fails

    async def start(self) -> None:
        """Note it."""
        self._note("start")

    async def run(self) -> None:
        """Note it."""
        self._note("run")
        await super().run()

    async def stop(self, stopping: Stopping) -> None:
        """Note it."""
        self._note("stop")

    def configure(self, settings: Settings) -> None:
        """Note it."""
        self._note("configure")

    def _note(self, what: str) -> None:
        self._notes.append(f"{what} {self._name}")
        if what in self._fails:
            raise MissingError(f"{self._name} cannot {what}")


@pytest.fixture
def notes() -> list[str]:
    """Return what was asked of services, in order."""
    return []


async def test_the_last_is_stopped_first(notes: list[str]) -> None:
    """What others build on is there before them and after them."""
    group = ServiceGroup({name: Noted(name, notes) for name in "abc"})
    await group.start()
    await group.stop(stopping())
    assert notes == ["start a", "start b", "start c", "stop c", "stop b", "stop a"]


async def test_one_that_starts_last(notes: list[str]) -> None:
    """The control socket takes requests when all are there, and as long as children stop."""
    group = ServiceGroup({name: Noted(name, notes) for name in "abc"}, starts_last="b")
    assert [name for name, _ in group] == ["a", "c", "b"]
    await group.start()
    await group.stop(stopping())
    assert notes == ["start a", "start c", "start b", "stop c", "stop b", "stop a"]


async def test_a_start_that_fails(notes: list[str]) -> None:
    """Those behind it are not started, and all can be stopped."""
    services = {name: Noted(name, notes, ("start",) if name == "b" else ()) for name in "abc"}
    group = ServiceGroup(services)
    with pytest.raises(MissingError, match="b cannot start"):
        await group.start()
    await group.stop(stopping())
    assert notes == ["start a", "start b", "stop c", "stop b", "stop a"]


async def test_a_stop_that_fails(notes: list[str], caplog: pytest.LogCaptureFixture) -> None:
    """It is reported, and the others are stopped all the same."""
    services = {name: Noted(name, notes, ("stop",) if name == "b" else ()) for name in "abc"}
    await ServiceGroup(services).stop(stopping())
    assert notes == ["stop c", "stop b", "stop a"]
    assert caplog.messages == ["b: stopping has failed"]


async def test_runs_until_it_is_asked_to_stop(notes: list[str]) -> None:
    """All run at the same time; one that fails is reported and costs no other."""
    services = {name: Noted(name, notes, ("run",) if name == "b" else ()) for name in "abc"}
    group, stop = ServiceGroup(services), asyncio.Event()
    running = asyncio.create_task(group.run(stop))
    while not group.problems:
        await asyncio.sleep(0)
    assert sorted(notes) == ["run a", "run b", "run c"]
    assert not running.done()
    stop.set()
    await running
    assert "(b) has failed" in group.problems[0]


async def test_all_are_given_new_settings(notes: list[str]) -> None:
    """In the order in which they were started."""
    group = ServiceGroup({name: Noted(name, notes) for name in "ab"})
    group.configure(default_settings())
    assert notes == ["configure a", "configure b"]
