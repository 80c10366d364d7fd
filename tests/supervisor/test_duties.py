"""Duties that fail are begun again, and cost no other."""

from __future__ import annotations

import asyncio
import logging

import pytest

from meshvisor.supervisor import duties
from meshvisor.supervisor.duties import Duties


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin again at once."""
    monkeypatch.setattr(duties, "FIRST_PAUSE", 0)


async def test_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    """A duty that fails, or just ends, is begun again; the others do not notice."""
    stop, tries, other = asyncio.Event(), 0, 0

    async def fails() -> None:
        nonlocal tries
        tries += 1
        if tries == 4:
            stop.set()
            await asyncio.Event().wait()
        if tries != 2:
            raise ValueError("oops")

    async def goes_on() -> None:
        nonlocal other
        other += 1
        await asyncio.Event().wait()

    all_duties = Duties()
    await all_duties.perform({"one": fails, "two": goes_on}, stop)
    assert (tries, other) == (4, 1)
    (problem,) = all_duties.problems
    assert problem.endswith("(one) has failed and is begun again: ValueError: oops")
    # Once with its traceback, however often it happens.
    (logged,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert logged.exc_info is not None


async def test_what_the_machine_refuses(caplog: pytest.LogCaptureFixture) -> None:
    """A shortage is logged in words, and is no mistake of ours."""
    stop = asyncio.Event()

    async def starves() -> None:
        stop.set()
        raise RuntimeError("can't start new thread")

    all_duties = Duties()
    await all_duties.perform({"files": starves}, stop)
    assert "no thread can be started" in all_duties.problems[0]
    assert caplog.records[0].exc_info is None


async def test_sound_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A duty that has not failed for a while is sound."""
    monkeypatch.setattr(duties, "SETTLED", 0)
    stop, failed = asyncio.Event(), False
    all_duties = Duties()

    async def once() -> None:
        nonlocal failed
        if not failed:
            failed = True
            raise OSError(5, "Input/output error")
        while all_duties.problems:
            await asyncio.sleep(0)
        stop.set()

    await all_duties.perform({"files": once}, stop)
    assert all_duties.problems == ()
