"""Who has changed what, from where and when."""

from __future__ import annotations

import os
import pwd

import pytest

from meshvisor.supervisor.audit.log import QUERIES, Actor, AuditLog, Entry, local_actor
from tests.clock import START
from tests.directories import DirectoryHome, close_directory

ANN = Actor("11 (ann)", "lobby", "11")


@pytest.fixture
async def audit(place: DirectoryHome) -> AuditLog:
    """Return an empty one."""
    return (await place.open()).audit


async def test_entry(
    audit: AuditLog, place: DirectoryHome, caplog: pytest.LogCaptureFixture
) -> None:
    """It says who, where, what, of what, when and how it ended; and so does the log."""
    caplog.set_level("INFO")
    await audit.add(ANN, "perm.set", "ping", detail="default -> admin")
    place.clock.advance(0.5)
    await audit.add(ANN, "perm.set", "ping", outcome="the disk is full")
    assert await audit.newest(10) == [
        Entry(
            round((START + 0.5) * 1000),
            *("11 (ann)", "lobby", "perm.set", "ping", "the disk is full", ""),
        ),
        Entry(
            round(START * 1000),
            *("11 (ann)", "lobby", "perm.set", "ping", "done", "default -> admin"),
        ),
    ]
    assert "11 (ann) (lobby): perm.set ping: done (default -> admin)" in caplog.text
    assert "11 (ann) (lobby): perm.set ping: the disk is full" in caplog.text


async def test_newest_first(audit: AuditLog, place: DirectoryHome) -> None:
    """In the order in which they were added, whatever the clock says, and not more than asked."""
    for number in range(20):
        place.clock.set_wall(START - number)
        await audit.add(ANN, "admin.add", str(number))
    assert [entry.subject for entry in await audit.newest(3)] == ["19", "18", "17"]
    assert len(await audit.newest(100)) == 20


async def test_it_survives(audit: AuditLog, place: DirectoryHome) -> None:
    """Another start finds it."""
    await audit.add(ANN, "admin.add", "1")
    assert await (await place.open()).audit.newest(10) == await audit.newest(10)


async def test_no_room(
    audit: AuditLog, place: DirectoryHome, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be kept is reported, stands in the log all the same, and stops no caller."""
    caplog.set_level("INFO")
    with place.refusing("audit_log"):
        await audit.add(ANN, "admin.add", "1")
    assert "11 (ann) (lobby): admin.add 1: done" in caplog.text
    assert "missing in the audit log: there is no room" in caplog.text
    await audit.add(ANN, "admin.add", "2")
    assert [entry.subject for entry in await audit.newest(10)] == ["2"]


async def test_closed(place: DirectoryHome, caplog: pytest.LogCaptureFixture) -> None:
    """After the end of the database the log is all there is."""
    opened = await place.open()
    await close_directory(opened)
    await opened.audit.add(ANN, "admin.add", "1")
    assert "missing in the audit log" in caplog.text


def test_command_line() -> None:
    """Who uses it has a name, or a number where the machine knows none."""
    assert local_actor(os.getuid()) == Actor(pwd.getpwuid(os.getuid()).pw_name, "command line")
    assert local_actor(2**31 - 5).name == f"uid {2**31 - 5}"
    assert local_actor(0).user_id is None


async def test_newest_sorts_nothing(audit: AuditLog, place: DirectoryHome) -> None:
    """The newest entries are read from the end, however many there are."""
    assert place.plan(QUERIES["newest"], limit=20) == ["SCAN audit_log"]
