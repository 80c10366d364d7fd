"""What an action can learn and ask for, as a coroutine and as a thread."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from dataclasses import replace
from typing import Any, Final

import pytest

from meshvisor import JobContext, JobError, NotSaidError, SubmitError, action
from meshvisor.features.jobs.messages.from_runner import (
    AddItems,
    EnqueueRequest,
    JobFinished,
    JobLog,
    JobMessage,
    NeedItems,
    StageItems,
)
from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.model.job import MAX_ERROR, MAX_ITEMS, MAX_KEY
from meshvisor.features.jobs.worker.context import KEYS_AT_A_TIME
from meshvisor.features.jobs.worker.timings import Timings
from meshvisor.shared.protocol.messages import Error, Message
from tests.features.jobs.worker.lane_side import LANE, PATIENCE, LaneSide, RunningLane
from tests.worker.conftest import StartLane

TOO_MUCH: Final = "x" * 2_000_000
"""Longer than a frame."""


async def test_what_it_knows(lane: LaneSide) -> None:
    """A job knows what was submitted, as values that whatever takes JSON can take."""
    seen: dict[str, Any] = {}

    @action("look")
    async def look(job: JobContext) -> None:
        assert json.loads(json.dumps(job.data)) == copy.deepcopy(job.data)
        assert pickle.loads(pickle.dumps(job.data)) == job.data
        seen.update({name: getattr(job, name) for name in ("id", "action", "mesh_id", "lane")})
        seen.update({name: getattr(job, name) for name in ("attempt", "created_by", "total")})
        seen["data"] = job.data
        async for item in job.items():
            _ = item.done()

    job = await lane.do("look", ["a"], attempt=3, created_by="11", data={"code": [1]})
    assert seen == {
        "id": job.id,
        "action": "look",
        "mesh_id": "lobby",
        "lane": LANE,
        "attempt": 3,
        "created_by": "11",
        "total": 1,
        "data": {"code": [1]},
    }


async def use_in_loop(job: JobContext) -> None:
    """Use everything, as a coroutine."""
    added = await job.add_items(["a", "b", "b\ud800"])
    async for item in job.items():
        await item.done(added)
    job.log("one\nline")
    job.log("careful", level="warning")
    await job.say("hello \ud800")
    await job.say("hello", "cinema")
    number = await job.submit("other", ["x"], data={"n": 1}, priority=2, lane="slow", key="k")
    job.log(f"{number} {job.total}")
    await job.submit("other", mesh_id="cinema")


def use_in_thread(job: JobContext) -> None:
    """Use everything, as a thread."""
    added = job.add_items(["a", "b", "b\ud800"]).value
    for item in job.items():
        _ = item.done(added)
    job.log("one\nline")
    job.log("careful", level="warning")
    _ = job.say("hello \ud800")
    _ = job.say("hello", "cinema")
    number = job.submit("other", ["x"], data={"n": 1}, priority=2, lane="slow", key="k").value
    job.log(f"{number} {job.total}")
    _ = job.submit("other", mesh_id="cinema")


@pytest.mark.parametrize("function", [use_in_loop, use_in_thread])
async def test_what_it_can_do(lane: LaneSide, function: Any) -> None:
    """Each request arrives as it was meant, in order, and its answer comes back."""
    action("use")(function)
    job = await lane.do("use", ["a"])
    assert job.results == {"a": 2, "b": 2, "b?": 2}
    assert job.log == ["one\nline", "careful", "1000 3"]
    assert [line.level for line in job.all(JobLog)] == ["info", "warning", "info"]
    said = [(message.mesh_id, message.text) for message in job.all(JobMessage)]
    assert said == [("lobby", "hello ?"), ("cinema", "hello")]
    first, second = job.all(EnqueueRequest)
    assert first.submission == Submission(
        action="other",
        items=("x",),
        data={"n": 1},
        priority=2,
        lane="slow",
        key="k",
    )
    assert (first.mesh_id, second.mesh_id) == ("lobby", "cinema")
    assert second.submission.items is None


async def ask_in_loop(job: JobContext) -> None:
    """Ask for what is refused, as a coroutine."""
    with pytest.raises(JobError, match=job.data["text"]):
        await job.add_items(["a"])
    with pytest.raises(NotSaidError, match=job.data["text"]):
        await job.say("hello")
    with pytest.raises(SubmitError, match=job.data["text"]):
        await job.submit("other")


def ask_in_thread(job: JobContext) -> None:
    """Ask for what is refused, as a thread."""
    with pytest.raises(JobError, match=job.data["text"]):
        _ = job.add_items(["a"])
    with pytest.raises(NotSaidError, match=job.data["text"]):
        _ = job.say("hello")
    with pytest.raises(SubmitError, match=job.data["text"]):
        _ = job.submit("other")


@pytest.mark.parametrize("function", [ask_in_loop, ask_in_thread])
async def test_refusals(lane: LaneSide, function: Any) -> None:
    """What the supervisor refuses is raised with its sentence."""
    action("ask")(function)
    lane.refusal = "not today"
    await lane.do("ask", data={"text": "^not today$"})


async def test_an_error_as_the_answer(lane: LaneSide) -> None:
    """A supervisor that does not understand a request has a sentence as well."""

    @action("ask")
    async def ask(job: JobContext) -> None:
        with pytest.raises(JobError, match=r"^what are items$"):
            await job.add_items(["a"])

    lane.mute = True
    job = lane.begin("ask")
    async with asyncio.timeout(PATIENCE):
        while not (asked := job.all(AddItems)):
            job.news.clear()
            await job.news.wait()
    lane.send(Error(reply_to=asked[0].id, error="what are items"))
    assert isinstance(end := await job.end(), JobFinished)
    assert end.error is None


@pytest.mark.parametrize("function", [ask_in_loop, ask_in_thread])
async def test_a_supervisor_that_does_not_answer(start_lane: StartLane, function: Any) -> None:
    """An action does not wait for ever."""
    action("ask")(function)
    running = await start_lane(replace(Timings(), answer=0.02))
    running.side.mute = True
    await running.side.do("ask", data={"text": "does not answer; it may still do it"})


async def test_a_supervisor_that_is_gone(running: RunningLane, lane: LaneSide) -> None:
    """The error of an action that hears of it says what it has to do with its request."""
    errors: asyncio.Queue[str] = asyncio.Queue()

    @action("ask")
    async def ask(job: JobContext) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            with pytest.raises(JobError) as caught:
                await job.add_items(["a"])
            errors.put_nowait(str(caught.value))

    lane.begin("ask")
    await lane.status()
    lane.close()
    await running.exit_code()
    assert await errors.get() == "the supervisor is gone"


@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
async def test_what_is_too_long(lane: LaneSide, thread: bool) -> None:
    """What fits no message is refused like what the supervisor refuses; a log line is cut."""

    def ask(job: JobContext) -> None:
        with pytest.raises(NotSaidError, match="too much"):
            _ = job.say(TOO_MUCH)
        with pytest.raises(SubmitError, match="too much"):
            _ = job.submit("other", data={"text": TOO_MUCH})
        job.log(TOO_MUCH)

    async def ask_too(job: JobContext) -> None:
        with pytest.raises(NotSaidError, match="too much"):
            await job.say(TOO_MUCH)
        with pytest.raises(SubmitError, match="too much"):
            await job.submit("other", data={"text": TOO_MUCH})
        job.log(TOO_MUCH)

    action("ask")(ask if thread else ask_too)
    job = await lane.do("ask")
    assert [len(line) for line in job.log] == [MAX_ERROR]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"items": "abc"}, "the items are one text, 'abc'; write a list of them"),
        ({"items": [1]}, "items.0: Input should be a valid string"),
        ({"data": {"a": object()}}, "the data of the new job is no JSON"),
        (
            {"priority": "high"},
            "'high' is no priority; 1 is the most urgent and 5 the least, by name",
        ),
    ],
)
async def test_a_submission_that_cannot_be(
    lane: LaneSide, options: dict[str, Any], error: str
) -> None:
    """The action hears of it, and the supervisor is not asked."""

    @action("ask")
    async def ask(job: JobContext) -> None:
        with pytest.raises(SubmitError, match=error):
            await job.submit("other", **options)

    job = await lane.do("ask")
    assert job.all(EnqueueRequest) == []


REFUSED: Final = [
    pytest.param("abc", "the items are one text, 'abc'; write a list of them", id="one text"),
    pytest.param(["a", 1], "an item is 1, which is no text; write each as a str", id="number"),
    pytest.param(b"ab", "an item is 97, which is no text", id="bytes"),
    pytest.param(["a", None], "an item is None, which is no text", id="nothing"),
    pytest.param(["a", ""], "an item has an empty key", id="empty"),
    pytest.param(["a", "b "], "has blanks around it", id="blanks"),
    pytest.param(["a\x00b"], r"'a\\x00b' has control characters", id="control characters"),
    pytest.param(["x" * 300_000], "has 300000 characters; 200 are allowed", id="too long"),
    pytest.param(map(str, range(MAX_ITEMS + 1)), "too many for one job", id="too many"),
]


@pytest.mark.parametrize(("keys", "error"), REFUSED)
async def test_items_that_cannot_be(lane: LaneSide, keys: Any, error: str) -> None:
    """They are judged like those of a submission, before the first of them is sent."""

    @action("grow")
    async def grow(job: JobContext) -> None:
        with pytest.raises(JobError, match=error):
            await job.add_items(keys)

    job = await lane.do("grow")
    assert job.all(AddItems) == []


async def test_items_that_are_named_twice(lane: LaneSide) -> None:
    """Each is sent once."""

    @action("grow")
    async def grow(job: JobContext) -> None:
        assert await job.add_items(["b", "a", "b"]) == 2
        async for item in job.items():
            _ = item.done()

    job = await lane.do("grow")
    assert [message.keys for message in job.all(AddItems)] == [("b", "a")]


async def test_a_level_that_is_none(lane: LaneSide) -> None:
    """Levels are those of the log."""

    @action("log")
    async def log(job: JobContext) -> None:
        job.log("loud", level="loud")

    expected = "ValueError: 'loud' is no level; there are debug, error, info, warning"
    assert await lane.fail("log") == expected


# ---- Many items


async def test_a_hundred_thousand_new_items(lane: LaneSide) -> None:
    """They are said in messages that fit, are done in this run, and are counted."""

    @action("grow")
    async def grow(job: JobContext) -> None:
        added = await job.add_items(f"k{number}" for number in range(100_000))
        job.log(f"{added} {job.total}")
        async for item in job.items():
            _ = item.done()

    job = await lane.do("grow", ["k0"], batch=5000)
    assert job.log == ["99999 100000"]
    assert len(job.outcomes) == 100_000


async def test_the_longest_keys(lane: LaneSide) -> None:
    """As many as one likes fit."""

    @action("grow")
    async def grow(job: JobContext) -> None:
        await job.add_items(f"{number:06d}" + "🎲" * (MAX_KEY - 6) for number in range(3000))
        async for item in job.items():
            _ = item.done()

    job = await lane.do("grow")
    assert len(job.outcomes) == 3000


@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
async def test_a_submission_of_very_many_items(lane: LaneSide, thread: bool) -> None:
    """They come before it in messages that fit, each once and in order."""
    keys = [f"{number:06d}" + "🎲" * 20 for number in range(30_000)]

    def submit(job: JobContext) -> None:
        job.log(str(job.submit("other", keys, priority=2).value))
        _ = job.submit("other", ["few"])

    async def submit_too(job: JobContext) -> None:
        job.log(str(await job.submit("other", iter(keys), priority=2)))
        await job.submit("other", ["few"])

    action("submit")(submit if thread else submit_too)
    job = await lane.do("submit")
    assert job.log == ["1000"]
    pieces = job.all(StageItems)
    assert [key for piece in pieces for key in piece.keys] == keys
    many, few = job.all(EnqueueRequest)
    assert {piece.token for piece in pieces} == {many.staged}
    assert (many.submission.items, many.submission.priority) == (None, 2)
    assert (few.submission.items, few.staged) == (("few",), None)


async def test_a_submission_of_too_many_items(lane: LaneSide) -> None:
    """It is refused before any of them is sent."""

    @action("submit")
    async def submit(job: JobContext) -> None:
        with pytest.raises(SubmitError, match="1,000,001 items are too many for one job"):
            await job.submit("other", map(str, range(MAX_ITEMS + 1)))

    job = await lane.do("submit")
    assert job.all(StageItems) == []


async def test_items_that_are_added_while_others_are_done(lane: LaneSide) -> None:
    """A walk through what each item leads to reaches everything once."""

    @action("crawl")
    async def crawl(job: JobContext) -> None:
        async for item in job.items():
            number = int(item.key)
            await job.add_items(str(n) for n in (2 * number, 2 * number + 1) if n < 200)
            await item.done()

    job = await lane.do("crawl", ["1"], batch=3)
    assert sorted(map(int, job.outcomes and job.keys)) == list(range(1, 200))


@pytest.mark.parametrize("thread", [False, True], ids=["coroutine", "thread"])
async def test_a_part_of_new_items_is_refused(lane: LaneSide, thread: bool) -> None:
    """Those that were added before are counted, and are done in this run."""
    keys = [f"k{number}" for number in range(2 * KEYS_AT_A_TIME)]

    def grow(job: JobContext) -> None:
        with pytest.raises(JobError, match="not today"):
            _ = job.add_items(keys)
        job.log(str(job.total))
        for item in job.items():
            _ = item.done()

    async def grow_too(job: JobContext) -> None:
        with pytest.raises(JobError, match="not today"):
            await job.add_items(keys)
        job.log(str(job.total))
        async for item in job.items():
            _ = item.done()

    action("grow")(grow if thread else grow_too)
    lane.granted, lane.refusal = 1, "not today"
    job = await lane.do("grow")
    assert job.log == [str(KEYS_AT_A_TIME)]
    assert list(job.states) == keys[:KEYS_AT_A_TIME]


@pytest.mark.parametrize("cancelled", [False, True], ids=["deadline", "cancelled"])
async def test_new_items_without_an_answer(start_lane: StartLane, cancelled: bool) -> None:
    """Those that were added although that was never confirmed are done in this run."""

    @action("grow")
    async def grow(job: JobContext) -> None:
        with pytest.raises(TimeoutError if cancelled else JobError):
            async with asyncio.timeout(0.02 if cancelled else None):
                await job.add_items(["a", "b"])
        async for item in job.items():
            _ = item.done()

    running = await start_lane(replace(Timings(), answer=PATIENCE if cancelled else 0.02))
    running.side.silent = True
    job = await running.side.do("grow")
    assert list(job.states) == ["a", "b"]


async def test_an_answer_from_before_new_items(lane: LaneSide) -> None:
    """A batch that was the last one when it was made is not the last one any more."""

    @action("grow")
    async def grow(job: JobContext) -> None:
        async for item in job.items():
            if item.key == "a":
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await job.add_items(["c"])
                job.log("nobody knows")
            _ = item.done()

    lane.mute = True
    job = lane.begin("grow", ["a", "b"], batch=1)
    await job.logged("nobody knows")
    (need,) = job.all(NeedItems)
    lane.mute = False
    lane.answer_need(job, need)
    job.keys.append("c")
    assert isinstance(await job.end(), JobFinished)
    assert list(job.states) == ["a", "b", "c"]


async def test_nothing_new(lane: LaneSide) -> None:
    """No message is needed for no keys, and known keys add nothing."""

    @action("grow")
    async def grow(job: JobContext) -> None:
        assert await job.add_items([]) == 0
        assert await job.add_items(["a"]) == 0
        async for item in job.items():
            _ = item.done()

    job = await lane.do("grow", ["a"])
    asked: list[Message] = [*job.all(AddItems)]
    assert len(asked) == 1
