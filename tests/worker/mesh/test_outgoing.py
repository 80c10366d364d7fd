"""What a bot says where the network sets a pace, and where it sets none."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Literal

import pytest
from msgspec.structs import replace

from meshvisor.shared.protocol.to_worker import SendMessage
from meshvisor.worker.mesh.mesh import CUT
from meshvisor.worker.mesh.outgoing import (
    LONGEST_WAIT,
    MAX_BYTES,
    MAX_TEXTS,
    OutgoingFullError,
)
from meshvisor.worker.mesh.transport import (
    MAIN,
    CannotEditError,
    Limits,
    Manners,
    NotInMeshError,
    NotSentError,
    Traits,
)
from meshvisor.worker.mesh.waiting import Urgency
from tests.worker.mesh.air import Scene, settle

SLOW = Manners(gap=2.0)
DM = "to ann"

Kind = Literal["outcome", "question", "progress"]


def notice(text: str, kind: Kind | None = None, handle: str | None = None) -> SendMessage:
    """Return what the supervisor wants said."""
    return SendMessage(text=text, kind=kind, handle=handle)


async def tell_outcome(scene: Scene, text: str) -> None:
    """Have it say how a job has ended."""
    await scene.mesh.notify(notice(text, "outcome"))


async def begin(*works: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
    """Start them in this order, and let each come as far as it can."""
    tasks = []
    for work in works:
        tasks.append(asyncio.create_task(work))
        await settle()
    return tasks


async def outcome_of(task: asyncio.Task[Any]) -> str:
    """Return what became of a task: `waits`, `said` or the name of its error."""
    if not task.done():
        return "waits"
    error = task.exception()
    return "said" if error is None else type(error).__name__


# Without limits


async def test_without_limits_texts_are_said_in_their_order() -> None:
    """Whatever their urgency, at once, and parts of two texts never mix."""
    scene = Scene(Manners())
    scene.air.blocked = asyncio.Event()
    tasks = await begin(
        scene.mesh.send("a " * 100),
        scene.mesh.notify(notice("b " * 100, "progress", "job-1")),
        scene.mesh.notify(notice("c", "progress", "job-1")),
        scene.mesh.answer("d", "ann", MAIN, "m1"),
    )
    scene.air.blocked.set()
    await asyncio.gather(*tasks)
    assert [text[0] for text in scene.air.texts] == ["a", "a", "b", "b", "c", "d"]
    assert {at for at, _, _ in scene.air.said} == {scene.timers.now()}


async def test_without_limits_nothing_waits_for_the_mesh() -> None:
    """Calls to speak while the bot is away fail."""
    scene = Scene(Manners())
    scene.lose()
    with pytest.raises(NotInMeshError):
        await scene.mesh.send("hello")
    with pytest.raises(NotInMeshError):
        await scene.mesh.notify(notice("done", "outcome"))


async def test_without_limits_not_everything_waits() -> None:
    """Behind a network that takes its time a number of texts waits, and every report."""
    scene = Scene(Manners())
    scene.air.blocked = asyncio.Event()
    tasks = await begin(*(scene.mesh.send(str(number)) for number in range(MAX_TEXTS + 1)))
    (outcome,) = await begin(tell_outcome(scene, "done"))
    assert [await outcome_of(task) for task in tasks[-2:]] == ["waits", "OutgoingFullError"]
    scene.air.blocked.set()
    await asyncio.gather(*tasks[:-1], outcome)
    assert scene.air.texts == [*map(str, range(MAX_TEXTS)), "done"]
    await scene.mesh.send("again")
    scene.air.most = Limits(MAX_BYTES, max_parts=1)
    scene.air.blocked = asyncio.Event()
    tasks = await begin(*(scene.mesh.send("x" * (MAX_BYTES // 2)) for _ in range(4)))
    assert [await outcome_of(task) for task in tasks] == [*["waits"] * 3, "OutgoingFullError"]
    for task in tasks:
        task.cancel()


# Pace and order


async def test_messages_keep_their_distance() -> None:
    """Parts of one text as well, and those of another do not get between them."""
    scene = Scene(Manners(gap=2.0, burst=2))
    await begin(scene.mesh.send("a " * 100), scene.mesh.send("b " * 100))
    await scene.timers.advance(10)
    said = [(at - 1000, text[0]) for at, _, text in scene.air.said]
    assert said == [(0, "a"), (0, "a"), (2, "b"), (4, "b")]


async def test_what_is_urgent_comes_first() -> None:
    """Answers, then reports of jobs, then the rest, then progress; each in its order."""
    scene = Scene(SLOW)
    await begin(
        scene.mesh.send("first"),
        scene.mesh.notify(notice("progress", "progress", "job-1")),
        scene.mesh.send("chatter 1"),
        scene.mesh.notify(notice("chatter 2")),
        scene.mesh.notify(notice("question", "question")),
        scene.mesh.notify(notice("outcome", "outcome")),
        scene.mesh.send("answer 1", reply_to="m1"),
        scene.mesh.answer("answer 2", "ann", MAIN, None),
        scene.mesh.say("answer 3", Urgency.ANSWER),
    )
    await scene.timers.advance(20)
    assert scene.air.texts == [
        "first",
        "answer 1",
        "answer 2",
        "answer 3",
        "question",
        "outcome",
        "chatter 1",
        "chatter 2",
        "progress",
    ]


async def test_an_outcome_comes_after_what_its_job_has_said() -> None:
    """Those of other jobs do not wait for that, and progress is not out of date by it."""
    scene = Scene(SLOW)
    await begin(
        scene.mesh.send("first"),
        scene.mesh.notify(notice("50 %", "progress", "job-2")),
        scene.mesh.notify(notice("a done", None, "job-1")),
        scene.mesh.notify(notice("b done", None, "job-1")),
        scene.mesh.notify(notice("completed", "outcome", "job-1")),
        scene.mesh.notify(notice("too late", None, "job-1")),
        scene.mesh.notify(notice("half", None, "job-2")),
        scene.mesh.notify(notice("go on?", "question", "job-3")),
    )
    await scene.timers.advance(20)
    said = ["first", "go on?", "a done", "b done", "completed", "too late", "half", "50 %"]
    assert scene.air.texts == said


@pytest.mark.parametrize("manners", [Manners(), SLOW], ids=["at once", "slowly"])
async def test_a_place_that_takes_its_time_holds_up_no_other(manners: Manners) -> None:
    """What is said there waits, in its order; elsewhere the bot goes on at its pace."""
    scene = Scene(manners)
    scene.air.held["#slow"] = release = asyncio.Event()
    slow = await begin(
        scene.mesh.send("a " * 100, place="#slow"),
        scene.mesh.answer("b", "ann", "#slow", "m1"),
    )
    others = await begin(*(scene.mesh.send(text, place=f"#{text}") for text in "xyz"))
    await scene.timers.advance(6.0)
    assert [await outcome_of(task) for task in (*slow, *others)] == ["waits"] * 2 + ["said"] * 3
    assert scene.air.texts == ["x", "y", "z"]
    release.set()
    await scene.timers.advance(10.0)
    assert [(place, text[0]) for _, place, text in scene.air.said[3:]] == [
        ("#slow", "a"),
        ("#slow", "a"),
        ("#slow", "b"),
    ]


async def test_an_hour_that_is_promised() -> None:
    """A text that has begun has its rest of the hour, also while it takes its time."""
    scene = Scene(Manners(per_hour=4))
    scene.air.held["#slow"] = release = asyncio.Event()
    reply = partial(scene.mesh.send, reply_to="m1")
    await begin(reply("a " * 150, place="#slow"), reply("b " * 100, place="#b"))
    assert scene.air.texts == []
    release.set()
    await settle()
    assert [text[0] for text in scene.air.texts] == ["a"] * 3
    await scene.timers.advance(3600.0)
    assert [text[0] for text in scene.air.texts] == ["a"] * 3


async def test_an_answer_waits_for_the_rest_of_a_text() -> None:
    """But not for another text that has not begun."""
    scene = Scene(SLOW)
    await begin(scene.mesh.send("a " * 100), scene.mesh.send("b"))
    await begin(scene.mesh.send("answer", reply_to="m1"))
    await scene.timers.advance(10)
    assert [text[0:2] for text in scene.air.texts] == ["a ", "a ", "an", "b"]


async def test_the_reserve_of_an_hour() -> None:
    """Plug-ins use up their part of it, and commands are still answered."""
    scene = Scene(Manners(per_hour=8))
    await begin(*(scene.mesh.send(f"chatter {number}") for number in range(10)))
    assert len(scene.air.said) == 6
    (answer,) = await begin(scene.mesh.send("answer", reply_to="m1"))
    assert (await outcome_of(answer), scene.air.texts[-1]) == ("said", "answer")
    (report,) = await begin(scene.mesh.notify(notice("done", "outcome")))
    assert (await outcome_of(report), scene.air.texts[-1]) == ("said", "done")


async def test_a_text_does_not_stop_in_its_middle_for_an_hour() -> None:
    """It begins when the budget has room for all of it."""
    scene = Scene(Manners(per_hour=3))
    await begin(*(scene.mesh.send("x", reply_to="m1") for _ in range(2)))
    await scene.timers.advance(60)
    await begin(scene.mesh.notify(notice("a " * 100, "outcome")))
    assert scene.air.texts == ["x", "x"]
    await scene.timers.advance(3540)
    assert [text[0] for text in scene.air.texts] == ["x", "x", "a", "a"]


# Too much


async def test_progress_that_is_overtaken_is_left_out() -> None:
    """By newer progress and by the outcome of the same job; no caller is notified."""
    scene = Scene(SLOW)
    tasks = await begin(
        scene.mesh.send("first"),
        scene.mesh.notify(notice("25 %", "progress", "job-1")),
        scene.mesh.notify(notice("other", "progress", "job-2")),
        scene.mesh.notify(notice("50 %", "progress", "job-1")),
        scene.mesh.notify(notice("other is done", "outcome", "job-2")),
    )
    await scene.timers.advance(20)
    assert scene.air.texts == ["first", "other is done", "50 %"]
    await asyncio.gather(*tasks)


async def test_too_many_texts() -> None:
    """The newest of the chatter is refused; an answer takes its place, progress its own oldest."""
    scene = Scene(SLOW)
    await begin(scene.mesh.send("first"))
    await begin(scene.mesh.notify(notice("old", "progress", "job-1")))
    chatter = await begin(*(scene.mesh.send(f"{n}") for n in range(MAX_TEXTS - 1)))
    (new,) = await begin(scene.mesh.notify(notice("new", "progress", "job-2")))
    # Even the newest progress is worth less than any chatter.
    (more,) = await begin(scene.mesh.send("more"))
    assert [await outcome_of(task) for task in (chatter[-1], new, more)] == [
        "waits",
        "said",
        "waits",
    ]
    (refused,) = await begin(scene.mesh.send("too many"))
    assert await outcome_of(refused) == "OutgoingFullError"
    (answer,) = await begin(scene.mesh.send("answer", reply_to="m1"))
    assert [await outcome_of(task) for task in (chatter[-1], more, answer)] == [
        "waits",
        "OutgoingFullError",
        "waits",
    ]
    await scene.timers.advance(2.0)
    assert scene.air.texts == ["first", "answer"]
    for task in chatter:
        task.cancel()


async def test_reports_are_not_displaced() -> None:
    """Where only they wait, an answer is refused: it can be asked for again."""
    scene = Scene(SLOW)
    await begin(scene.mesh.send("first"))
    reports = await begin(*(scene.mesh.notify(notice(f"{n}", "outcome")) for n in range(MAX_TEXTS)))
    with pytest.raises(OutgoingFullError, match="too much waits"):
        await scene.mesh.send("answer", reply_to="m1")
    with pytest.raises(OutgoingFullError):
        await scene.mesh.notify(notice("another", "outcome"))
    await scene.mesh.notify(notice("progress", "progress", "job-1"))
    await scene.timers.advance(2.0 * MAX_TEXTS)
    assert scene.air.texts == ["first", *map(str, range(MAX_TEXTS))]
    await asyncio.gather(*reports)


async def test_too_many_bytes() -> None:
    """A few long texts are as much; one that is longer than all may be is still said alone."""
    scene = Scene(SLOW)
    scene.air.most = Limits(MAX_BYTES // 2, max_parts=4)
    await begin(scene.mesh.send("first"))
    (long,) = await begin(scene.mesh.send("x" * (MAX_BYTES + 1)))
    with pytest.raises(OutgoingFullError):
        await scene.mesh.send("x")
    # No text is left out in vain.
    (half,) = await begin(scene.mesh.notify(notice("y" * (MAX_BYTES // 2), "outcome")))
    assert [await outcome_of(task) for task in (long, half)] == ["OutgoingFullError", "waits"]
    with pytest.raises(OutgoingFullError):
        await scene.mesh.send("z" * MAX_BYTES, reply_to="m1")
    await scene.timers.advance(2.0)
    assert [text[0] for text in scene.air.texts] == ["f", "y"]
    # What was said takes up no room.
    small, again = await begin(scene.mesh.send("x"), scene.mesh.send("x" * (MAX_BYTES - 1)))
    await scene.timers.advance(8.0)
    assert [await outcome_of(task) for task in (small, again)] == ["said", "said"]


async def test_no_text_waits_for_ever() -> None:
    """What could not be said in ten minutes is not said any more, unless it reports of a job."""
    scene = Scene(Manners(per_hour=1))
    await begin(scene.mesh.send("first"))
    tasks = await begin(
        scene.mesh.send("answer", reply_to="m1"),
        scene.mesh.send("chatter"),
        scene.mesh.notify(notice("25 %", "progress", "job-1")),
        scene.mesh.notify(notice("done", "outcome")),
    )
    await scene.timers.advance(LONGEST_WAIT - 1)
    assert [await outcome_of(task) for task in tasks] == ["waits"] * 4
    await scene.timers.advance(1)
    assert [await outcome_of(task) for task in tasks] == [
        "OutgoingFullError",
        "OutgoingFullError",
        "said",
        "waits",
    ]
    await scene.timers.advance(3600)
    assert scene.air.texts == ["first", "done"]


async def test_a_caller_that_is_cancelled() -> None:
    """Its text is not said, and does not hold up the next, wherever it stood."""
    scene = Scene(SLOW)
    speaking, waits, last = await begin(
        scene.mesh.send("a " * 100), scene.mesh.send("b"), scene.mesh.send("c")
    )
    for task in (speaking, waits):
        task.cancel()
    await scene.timers.advance(2.0)
    assert [text[0] for text in scene.air.texts] == ["a", "c"]
    assert await last == ("s2",)
    # In the very moment in which it gets its turn.
    (unlucky,) = await begin(scene.mesh.send("d"))
    scene.timers.at += 2.0
    scene.mesh._outgoing.back()
    unlucky.cancel()
    await settle()
    await begin(scene.mesh.send("e"))
    await scene.timers.advance(2.0)
    assert [text[0] for text in scene.air.texts] == ["a", "c", "e"]


# The mesh is lost


async def test_what_waits_when_the_mesh_is_lost() -> None:
    """Answers and the rest fail as they do elsewhere; reports of jobs are said later."""
    scene = Scene(SLOW)
    tasks = await begin(
        scene.mesh.send("a " * 100),
        scene.mesh.send("answer", reply_to="m1"),
        scene.mesh.notify(notice("25 %", "progress", "job-1")),
        scene.mesh.notify(notice("done", "outcome")),
    )
    scene.lose()
    await settle()
    assert [await outcome_of(task) for task in tasks] == [
        "NotInMeshError",
        "NotInMeshError",
        "NotInMeshError",
        "waits",
    ]
    with pytest.raises(NotInMeshError):
        await scene.mesh.send("hello?")
    (question,) = await begin(scene.mesh.notify(notice("go on?", "question")))
    await scene.timers.advance(3600)
    assert len(scene.air.said) == 1
    scene.come_back()
    await scene.timers.advance(2.0)
    assert scene.air.texts[1:] == ["done", "go on?"]
    assert [await outcome_of(task) for task in (tasks[-1], question)] == ["said", "said"]


async def test_other_manners_after_coming_back() -> None:
    """What still waits is said as fast as may be now."""
    scene = Scene(Manners(gap=600.0))
    await begin(scene.mesh.send("first"), scene.mesh.notify(notice("done", "outcome")))
    scene.lose()
    scene.air.manners = Manners()
    scene.come_back()
    await begin(scene.mesh.send("a"))
    await scene.timers.advance(0)
    assert sorted(scene.air.texts) == ["a", "done", "first"]


async def test_a_bot_that_leaves_soon() -> None:
    """What would not be said in time is left out; the rest still is said."""
    scene = Scene(SLOW)
    tasks = await begin(
        scene.mesh.send("first"),
        scene.mesh.send("a " * 100),
        scene.mesh.notify(notice("done", "outcome")),
        scene.mesh.send("answer", reply_to="m1"),
    )
    scene.mesh.drain_within(5.0)
    await settle()
    assert [await outcome_of(task) for task in tasks] == [
        "said",
        "NotInMeshError",
        "waits",
        "waits",
    ]
    await scene.timers.advance(5.0)
    assert scene.air.texts == ["first", "answer", "done"]
    scene = Scene(Manners(per_hour=1))
    _, later = await begin(
        scene.mesh.send("first"), scene.mesh.notify(notice("much later", "outcome"))
    )
    scene.mesh.drain_within(5.0)
    await settle()
    assert await outcome_of(later) == "NotInMeshError"


@pytest.mark.parametrize("seed", range(25))
async def test_any_mixture(seed: int) -> None:
    """Each text is said whole and once or its caller hears why not, at the pace that is wanted."""
    chance = random.Random(seed)
    manners = Manners(gap=chance.choice([0.5, 2.0]), burst=chance.randint(1, 4))
    scene = Scene(manners)
    tasks: dict[str, asyncio.Task[Any]] = {}
    for number in range(150):
        name = f"<{number}>"
        text = f"{name} " * chance.choice([1, 1, 1, 50])
        works: list[Callable[[str], Coroutine[Any, Any, Any]]] = [
            scene.mesh.send,
            partial(scene.mesh.send, reply_to="m1"),
            partial(tell_outcome, scene),
        ]
        work = chance.choice(works)
        (tasks[name],) = await begin(work(text))
        match chance.randrange(12):
            case 0:
                chance.choice(list(tasks.values())).cancel()
            case 1:
                scene.lose()
                await scene.timers.advance(chance.choice([0.0, 5.0]))
                scene.come_back()
        await scene.timers.advance(chance.choice([0.0, 0.0, 1.0, 4.0]))
    await scene.timers.advance(LONGEST_WAIT)
    whole = "".join(f"{text} " for text in scene.air.texts).split()
    blocks = [name for n, name in enumerate(whole) if n == 0 or whole[n - 1] != name]
    assert len(blocks) == len(set(blocks)), "parts of two texts were mixed, or one was said twice"
    for name, task in tasks.items():
        assert task.done()
        if not task.cancelled() and task.exception() is None:
            assert whole.count(name) in {1, 50}
    moments = [at for at, _, _ in scene.air.said]
    for first in range(len(moments) - manners.burst):
        assert moments[first + manners.burst] - moments[first] >= manners.gap - 1e-6


# What the network does not take


@pytest.mark.parametrize("manners", [Manners(), SLOW], ids=["at once", "slowly"])
async def test_an_outcome_is_said_again(manners: Manners) -> None:
    """After a growing wait or the one that the network wants, where it stopped; others speak
    meanwhile.
    """
    scene = Scene(manners)
    (task,) = await begin(tell_outcome(scene, "a " * 100))
    scene.air.refusals = [None, 30.0] if manners.gap else []
    await scene.timers.advance(1.0)
    await begin(scene.mesh.send("b"))
    await scene.timers.advance(60.0)
    assert await outcome_of(task) == "said"
    assert "".join(f"{text} " for text in scene.air.texts).split().count("a") == 100


async def test_an_outcome_is_not_said_again_for_ever() -> None:
    """Nor long after it, and progress and chatter not at all: there is newer."""
    scene = Scene(Manners())
    for retry_after, seconds, left in ((None, 72.0, 6), (3600.0, 0.0, 9)):
        scene.air.refusals = [retry_after] * 10
        (task,) = await begin(tell_outcome(scene, "done"))
        assert await outcome_of(task) == ("waits" if seconds else "said")
        await scene.timers.advance(seconds)
        assert await outcome_of(task) == "said"
        assert len(scene.air.refusals) == left
    await scene.mesh.notify(notice("25 %", "progress", "job-1"))
    await scene.mesh.notify(notice("hello"))
    assert (len(scene.air.refusals), scene.air.said) == (7, [])
    with pytest.raises(NotSentError, match="too many requests"):
        await scene.mesh.send("hello")


async def test_what_would_be_said_again_when_the_bot_leaves() -> None:
    """It is given back to the supervisor."""
    scene = Scene(Manners())
    scene.air.refusals = [None]
    (task,) = await begin(tell_outcome(scene, "done"))
    scene.mesh.drain_within(1.0)
    await settle()
    assert await outcome_of(task) == "NotInMeshError"


# What is said


async def test_what_callers_get() -> None:
    """The ids of the messages, of which the first points at what it answers."""
    scene = Scene(Manners())
    assert await scene.mesh.send("a " * 100, "m1", "#ops") == ("s1", "s2")
    assert scene.air.replies == ["m1", None]
    assert {place for _, place, _ in scene.air.said} == {"#ops"}
    assert await scene.mesh.send(" \n ") == ()


async def test_answers_alone() -> None:
    """Where manners want it and the network can, and then they point at nothing elsewhere."""
    scene = Scene(Manners(answers_directly=True))
    await scene.mesh.answer("1", "ann", "#ops", "m1")
    scene.air.traits = Traits(replies=True, direct=True)
    await scene.mesh.answer("2", "ann", "#ops", "m1")
    await scene.mesh.answer("3", "ann", DM, "m1")
    assert [place for _, place, _ in scene.air.said] == ["#ops", DM, DM]
    assert scene.air.replies == ["m1", None, "m1"]


@pytest.mark.parametrize("manners", [Manners(), SLOW], ids=["at once", "slowly"])
async def test_a_message_is_changed(manners: Manners) -> None:
    """At its pace, where the network can; what does not fit one message is refused."""
    scene = Scene(manners)
    (sent_id,) = await scene.mesh.send("one")
    with pytest.raises(CannotEditError, match="cannot be changed on this network"):
        await scene.mesh.edit(sent_id, "two")
    scene.air.traits = Traits(editing=True)
    await begin(scene.mesh.edit(sent_id, "two"))
    assert len(scene.air.edited) == (manners.gap == 0)
    await scene.timers.advance(2.0)
    assert scene.air.edited == [(sent_id, "two", "")]
    await begin(scene.mesh.send("three"))
    assert len(scene.air.said) == 1 + (manners.gap == 0)
    await scene.timers.advance(2.0)
    for text in ("", "long " * 100):
        (task,) = await begin(scene.mesh.edit(sent_id, text))
        await scene.timers.advance(2.0)
        assert await outcome_of(task) == "ValueError"


async def test_progress_is_one_message_that_changes() -> None:
    """In whichever place; the outcome is a message of its own."""
    scene = Scene(Manners())
    scene.air.traits = Traits(editing=True)

    async def tell(text: str, kind: Kind) -> None:
        message = SendMessage(text=text, kind=kind, handle="job-1", place="dm", is_direct=True)
        await scene.mesh.notify(message)

    await tell("25 %", "progress")
    await tell("50 %", "progress")
    await tell("done", "outcome")
    await tell("75 %", "progress")
    assert [(place, text) for _, place, text in scene.air.said] == [("dm", "25 %"), ("dm", "done")]
    assert scene.air.edited == [("s1", "50 %", "dm"), ("s1", "75 %", "dm")]


@pytest.mark.parametrize("max_parts", [1, 2, 3, 4, 10])
@pytest.mark.parametrize("lines", [True, False])
async def test_a_text_of_too_many_messages(max_parts: int, lines: bool) -> None:
    """It is as many as may be, and the last one says that there is more."""
    scene = Scene(Manners())
    scene.air.most = replace(Limits(64), max_parts=max_parts, lines=lines, fences=False)
    for text in ("word " * 300, "word\n" * 3000, "x" * 10_000):
        scene.air.said.clear()
        await scene.mesh.send(text)
        assert 1 <= len(scene.air.said) <= max_parts
        last = scene.air.texts[-1]
        assert last.endswith(" …") if max_parts < 4 else last == CUT
        assert all(len(part.encode()) <= 64 for part in scene.air.texts)
        assert lines or all("\n" not in part for part in scene.air.texts)
    scene.air.said.clear()
    await scene.mesh.send("just one")
    assert scene.air.texts == ["just one"]
