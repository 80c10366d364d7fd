"""A worker whose mesh is carried by a program: commands, and coming back."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import meshvisor.worker.mesh.commands.builtin  # noqa: F401 - the registry is never without them
from meshvisor.shared.protocol.fields import SentMinutes
from meshvisor.shared.protocol.from_worker import (
    Checkpointed,
    Connected,
    ConnectionFailed,
    Disconnected,
    FailureKind,
    Kicked,
    MeshEvent,
    Spent,
)
from meshvisor.shared.protocol.to_worker import RefreshAdmins, SetInterests
from tests.features.program.programs import command, settings
from tests.worker.supervisor_side import RunningWorker

Start = Callable[..., Awaitable[RunningWorker]]

TESTED = "\ndef test(): tell('observed', kind='test', data=wait('say'))\n"
"""Hands the answer of the bot to the test."""


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Return a function that starts a worker with a program of this code."""
    workers: list[RunningWorker] = []

    async def start(body: str, sent: SentMinutes = (), **how: Any) -> RunningWorker:
        worker = await RunningWorker.start(
            "",
            sent=sent,
            **how,
            transport="program",
            address="#a",
            settings=settings(command(tmp_path, TESTED + body)),
        )
        workers.append(worker)
        worker.side.send(RefreshAdmins(admins=frozenset({"ann"})))
        worker.side.send(SetInterests(kinds=frozenset({"observed"})))
        return worker

    yield start
    for worker in workers:
        await worker.stop()


async def answer(worker: RunningWorker) -> Any:
    """Return what the test has the bot say."""
    return (await worker.side.expect(MeshEvent)).data["details"]


async def test_a_command(start: Start) -> None:
    """A command is answered in its place, as a reply where there are replies."""
    worker = await start(
        """
wait(); joined(replies=True)
say_on(text="?ping", id="m1", place="#b"); test()
wait("leave")
"""
    )
    await worker.side.expect(Connected)
    said = await answer(worker)
    assert (said["text"], said["place"], said["reply_to"]) == ("pong", "#b", "m1")


async def test_where_commands_are_answered(start: Start) -> None:
    """In the places of the settings and to people alone; elsewhere nothing is said."""
    worker = await start(
        """
wait(); joined(direct=True)
say_on(text="?ping", place="#other")
say_on(text="?nothing", place="#other")
say_on(text="?ping", place="#b"); test()
say_on(text="?ping", user="ann", direct=True); test()
wait("leave")
""",
        places=["#b"],
    )
    await worker.side.expect(Connected)
    assert [(await answer(worker))["place"] for _ in range(2)] == ["#b", "ann"]


async def test_the_budget_of_an_hour(start: Start) -> None:
    """The supervisor hears what is spent, and a successor keeps to the rest."""
    body = """
wait(); joined(per_hour=2)
say_on(text="?ping"); test()
wait("leave")
"""
    worker = await start(body)
    ((minute, count),) = (await worker.side.expect(Spent)).minutes
    assert (count, abs(minute * 60 - time.time()) < 3600) == (1, True)
    worker = await start(body, sent=((minute, 1),))
    assert (await worker.side.expect(Spent)).minutes[0] == (minute, 2)
    worker = await start(body, sent=((minute, 2),))
    await worker.side.expect(Connected)
    status = await worker.side.status()
    while status.counters.commands == 0:
        status = await worker.side.status()
    assert status.counters.messages_sent == 0


async def test_who_claims_to_be_an_admin(start: Start) -> None:
    """The id of an admin is not enough: the network has to vouch for them."""
    worker = await start(
        """
wait(); joined()
say_on(text="?refresh"); test()
say_on(text="?refresh", user="bob"); test()
wait("leave")
"""
    )
    refusals = [(await answer(worker))["text"] for _ in range(2)]
    assert all("admin" in text for text in refusals), refusals


async def test_long_answers(start: Start) -> None:
    """An answer is split as the program's network wants it."""
    worker = await start(
        """
wait(); joined(max_bytes=64, max_parts=2)
say_on(text="?help"); say_on(text="?ping", user="bob")
said = []
while not any("pong" in text for text in said):
    said.append(wait("say")["text"])
tell("observed", kind="test", data={"said": said})
wait("leave")
"""
    )
    said = (await answer(worker))["said"]
    assert 2 <= len(said) <= 3
    assert all(len(text.encode()) <= 64 for text in said)


async def test_a_program_that_ends(start: Start) -> None:
    """It is started again, and resumes where it was."""
    worker = await start(
        """
resume = wait().get("resume")
joined()
tell("observed", kind="test", data={"resume": resume})
tell("checkpoint", token="t1"); say_on(text="x")
if not resume:
    sys.exit(3)
wait("leave")
"""
    )
    assert (await answer(worker))["resume"] is None
    assert (await worker.side.expect(Checkpointed)).token == "t1"
    assert (await worker.side.expect(Disconnected)).reason.endswith("exited with code 3")
    assert (await answer(worker))["resume"] == "t1"


async def test_a_program_that_is_kicked(start: Start) -> None:
    """It is thrown out like any bot."""
    worker = await start("wait(); joined(); tell('ended', kind='kicked', reason='spam')")
    assert (await worker.side.expect(Kicked)).reason == "spam"
    assert await worker.exit_code() == 0


async def test_a_program_that_never_starts(start: Start) -> None:
    """Each attempt is reported, with what it said last."""
    worker = await start("raise ImportError('no module irc')")
    for attempt in (1, 2, 3):
        failed = await worker.side.expect(ConnectionFailed)
        assert failed.attempt == attempt
        assert failed.kind is FailureKind.UNREACHABLE
        assert failed.error.endswith("exited with code 1: ImportError: no module irc")


async def test_a_megabyte(start: Start) -> None:
    """What is too long for the supervisor does not reach it, and ends nothing."""
    worker = await start(
        """
wait(); joined()
tell("checkpoint", token="x" * 1_000_000)
tell("observed", kind="big", data={"x": "y" * 1_048_400})
say_on(text="?ping " + "z" * 1_000_000); test()
wait("leave")
"""
    )
    assert await answer(worker) == {}
    said = await answer(worker)
    assert said["text"].startswith("That is too long")
    assert worker.side.seen(Checkpointed) == []
