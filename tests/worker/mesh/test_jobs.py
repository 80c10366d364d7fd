"""Job commands in a room, and plug-in commands that submit jobs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from meshvisor import CommandContext, SubmitError, Submitted, command
from meshvisor.features.jobs.messages.requests import JobRequest, JobResult
from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.model.job import MAX_ITEMS
from meshvisor.features.watch_party.protoo.rooms import RoomUser
from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.messages import Error
from tests.worker.conftest import Connect
from tests.worker.mesh.capable import Capable

ANN = RoomUser("11", "ann")


async def ask(playground: Playground, said: str) -> asyncio.Task[str]:
    """Say something; return the task that waits for the bot's reply."""

    async def reply() -> str:
        return (await playground.ask("lobby", said, user=ANN)).text

    return asyncio.create_task(reply())


def register_submit(**options: Any) -> list[Submitted]:
    """Register a command that submits a job; return what it gets."""
    got: list[Submitted] = []

    async def start(ctx: CommandContext) -> str:
        submitted = await ctx.submit("addplayer", **options)
        got.append(submitted)
        return submitted.text

    command("start")(start)
    return got


@pytest.mark.parametrize(
    ("said", "name", "arguments"),
    [
        ("?jobs", "jobs", ()),
        ("?job 42", "job", ("42",)),
        ("?PAUSE 42", "pause", ("42",)),
        ("?resume 42", "resume", ("42",)),
        ('?cancel "4 2"', "cancel", ("4 2",)),
    ],
)
async def test_a_command_about_jobs(
    connect: Connect, playground: Playground, said: str, name: str, arguments: tuple[str, ...]
) -> None:
    """The supervisor is asked who wants what where, and its answer is the reply."""
    worker = await connect()
    reply = await ask(playground, said)
    request = await worker.side.expect(JobRequest)
    assert (request.command, request.arguments) == (name, arguments)
    assert (request.mesh_id, request.user_id) == ("lobby", "11")
    assert (request.prefix, request.submission) == ("?", None)
    assert request.message_id
    worker.side.send(JobResult(reply_to=request.id, ok=False, text="It waits."))
    assert await reply == "It waits."


@pytest.mark.parametrize("name", ["job", "pause", "resume", "cancel"])
@pytest.mark.parametrize("arguments", ["", " 1 2"])
async def test_a_command_that_is_used_wrongly(
    connect: Connect, playground: Playground, name: str, arguments: str
) -> None:
    """How to use it is the reply, and the supervisor is not asked."""
    worker = await connect()
    assert f"Use: ?{name} NUMBER" in await (await ask(playground, f"?{name}{arguments}"))
    assert worker.side.seen(JobRequest) == []


async def test_the_supervisor_cannot(connect: Connect, playground: Playground) -> None:
    """An error is said."""
    worker = await connect()
    reply = await ask(playground, "?jobs")
    request = await worker.side.expect(JobRequest)
    worker.side.send(Error(reply_to=request.id, error="the disk is full"))
    assert await reply == "The supervisor cannot do this: the disk is full"


@pytest.mark.parametrize("said", ["?jobs", "?start"])
async def test_the_supervisor_does_not_answer(
    connect: Connect, playground: Playground, said: str
) -> None:
    """The room hears it before the command's time is over."""
    register_submit()
    worker = await connect(command_timeout=0.5)
    reply = await ask(playground, said)
    await worker.side.expect(JobRequest)
    assert "has not answered within" in await reply


async def test_a_submission(connect: Connect, playground: Playground) -> None:
    """A plug-in's command asks for a job and hears its number and its place."""
    got = register_submit(
        items=(key for key in ["a", "b\ud800"]),
        data={"code": "x\ud800"},
        priority=1,
        lane="slow",
        key="once",
    )
    worker = await connect()
    reply = await ask(playground, "?start")
    request = await worker.side.expect(JobRequest)
    assert (request.command, request.user_id, request.mesh_id) == ("submit", "11", "lobby")
    assert request.submission is not None
    assert request.submission == Submission(
        action="addplayer",
        items=("a", "b?"),
        data={"code": "x?"},
        priority=1,
        lane="slow",
        key="once",
    )
    result = JobResult(
        reply_to=request.id, ok=True, text="Job 7.", job_id=7, position=2, duplicate=True
    )
    worker.side.send(result)
    assert await reply == "Job 7."
    assert got == [Submitted(7, "Job 7.", 2, True)]


async def test_a_submission_that_is_refused(connect: Connect, playground: Playground) -> None:
    """The supervisor's sentence is the reply, though the handler catches nothing."""
    register_submit()
    worker = await connect()
    reply = await ask(playground, "?start")
    request = await worker.side.expect(JobRequest)
    worker.side.send(JobResult(reply_to=request.id, ok=False, text="Only admins may do this."))
    assert await reply == "Only admins may do this."


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"items": "abc"}, "the items are one text, 'abc'; write a list of them"),
        ({"data": {"a": object()}}, "the data of the new job is no JSON"),
        ({"priority": "high"}, "'high' is no priority; 1 is the most urgent and 5 the least"),
        (
            {"items": list(map(str, range(MAX_ITEMS + 1)))},
            "1,000,001 items are too many for one job; submit up to 1,000,000 at a time",
        ),
    ],
    ids=["one text", "data", "priority", "too many"],
)
async def test_a_submission_that_cannot_be(
    connect: Connect, playground: Playground, options: dict[str, Any], text: str
) -> None:
    """Why is the reply, and the supervisor is not asked."""
    register_submit(**options)
    worker = await connect()
    assert text in await (await ask(playground, "?start"))
    assert worker.side.seen(JobRequest) == []


async def test_a_handler_may_judge_for_itself(connect: Connect, playground: Playground) -> None:
    """What was refused can be caught."""

    @command("start")
    async def start(ctx: CommandContext) -> str:
        try:
            await ctx.submit("addplayer", ["a"])
        except SubmitError as error:
            return f"no: {error}"
        return "yes"

    worker = await connect()
    reply = await ask(playground, "?start")
    request = await worker.side.expect(JobRequest)
    worker.side.send(JobResult(reply_to=request.id, ok=False, text="there is no such action"))
    assert await reply == "no: there is no such action"


@pytest.mark.parametrize(
    ("place", "is_direct", "says"),
    [("", False, None), ("#ops", False, "#ops"), ("dm", True, "dm"), ("", True, None)],
)
async def test_the_supervisor_hears_where_it_was_asked_for(
    connect: Connect, capable: type[Capable], place: str, is_direct: bool, says: str | None
) -> None:
    """What is said about the job later belongs there."""
    register_submit()
    worker = await connect()
    (transport,) = capable.made
    transport.hear("?start", place, is_direct=is_direct)
    request = await worker.side.expect(JobRequest)
    assert (request.place, request.is_direct) == (says, is_direct)
    worker.side.send(JobResult(reply_to=request.id, ok=True, text="Job 7.", job_id=7))


@pytest.mark.parametrize("is_direct", [True, False])
async def test_the_supervisor_hears_who_else_reads_the_answer(
    connect: Connect, capable: type[Capable], is_direct: bool
) -> None:
    """What was asked for in private is shown in private only."""
    worker = await connect()
    (transport,) = capable.made
    transport.hear("?jobs", "dm", is_direct=is_direct)
    request = await worker.side.expect(JobRequest)
    assert request.is_direct is is_direct
    worker.side.send(JobResult(reply_to=request.id, ok=True, text="There are none."))
