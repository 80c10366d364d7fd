"""What the supervisor wants said to a user, by a worker whose transport can do more than most."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.from_worker import MessageSent, ProgressSent, Remarked
from meshvisor.shared.protocol.messages import Error
from meshvisor.shared.protocol.to_worker import SendMessage
from meshvisor.worker.mesh.transport import Manners, NotInMeshError, Remark, Traits
from tests.worker.conftest import Connect
from tests.worker.mesh.capable import Capable
from tests.worker.supervisor_side import RunningWorker

HANDLE = "job-42"


async def say(worker: RunningWorker, playground: Playground, *notices: SendMessage) -> None:
    """Have notices said, and wait for the one in the room that follows them."""
    last = f"over {len(playground.chats('lobby'))}."
    for notice in (*notices, SendMessage(text=last)):
        worker.side.send(notice)
    await playground.wait_for_chat("lobby", last)


def progress(text: str) -> SendMessage:
    """Return a report of progress."""
    return SendMessage(text=text, to_user="953371", handle=HANDLE, kind="progress")


async def test_a_user_is_notified_alone_and_progress_is_edited(
    connect: Connect, playground: Playground, capable: type[Capable]
) -> None:
    """The first report is a message to them, those that follow change it."""
    worker = await connect()
    question = SendMessage(text="go on?", to_user="953371", reply_to_message="m1")
    await say(worker, playground, progress("25 %"), question, progress("50 %"))
    (transport,) = capable.made
    assert transport.done == [
        ("to", "953371", "25 %"),
        ("to", "953371", "go on?"),
        ("edit", "1", "50 %"),
        ("room", "", "over 0."),
    ]


async def test_progress_that_another_worker_has_begun(
    connect: Connect, playground: Playground, capable: type[Capable]
) -> None:
    """Its message is changed; where that is gone, the supervisor is told of the next one."""
    worker = await connect()
    (transport,) = capable.made
    before = replace(progress("50 %"), changes="m7", changes_in="#ops")
    await say(worker, playground, before)
    assert transport.done[0] == ("edit", "m7", "50 %")
    transport.gone = True
    await say(worker, playground, replace(before, text="75 %"))
    progress_sent = await worker.side.expect(ProgressSent)
    assert (progress_sent.handle, progress_sent.sent_id, progress_sent.place) == (
        HANDLE,
        "3",
        "953371",
    )
    transport.gone = False
    await say(worker, playground, replace(before, text="90 %"))
    assert ("edit", "3", "90 %") in transport.done


async def test_a_remark_of_the_transport(connect: Connect, capable: type[Capable]) -> None:
    """The supervisor is told at once, and again where there is nothing to say any more."""
    worker = await connect()
    (transport,) = capable.made
    for text in ("not in #a", ""):
        transport.deliver(Remark(text))
        assert (await worker.side.expect(Remarked)).text == text


async def test_what_does_not_reach_them_is_said_in_the_room(
    connect: Connect, playground: Playground, capable: type[Capable]
) -> None:
    """And what cannot be edited any more is said anew, also when it is too long for one message."""
    worker = await connect()
    (transport,) = capable.made
    transport.unreachable.add("953371")
    await say(worker, playground, progress("25 %"), progress("50 %"))
    transport.gone = True
    await say(worker, playground, progress("75 %"))
    transport.gone = False
    await say(worker, playground, progress("long " * 30))
    kinds = [kind for kind, _, text in transport.done if "over" not in text]
    assert kinds == ["room", "edit", "room", "room", "room"]


async def test_where_the_transport_can_do_neither(connect: Connect, playground: Playground) -> None:
    """Everything is said in the room, as an answer where it is one."""
    worker = await connect()
    question = SendMessage(text="go on?", to_user="953371", reply_to_message="m1")
    await say(worker, playground, progress("25 %"), progress("50 %"), question)
    said = [message.text for message in playground.chats("lobby")]
    assert said[-4:] == ["25 %", "50 %", "go on?", "over 0."]


async def test_what_is_for_one_names_them_where_others_read(
    connect: Connect, playground: Playground, capable: type[Capable]
) -> None:
    """Alone they are not named, and the answer says which of both it was."""
    worker = await connect()
    (transport,) = capable.made
    hello = SendMessage(text="hello", to_user="953371", address="Ann: ", kind="question")
    alone = await worker.side.request(hello)
    transport.unreachable.add("953371")
    in_room = await worker.side.request(hello)
    assert transport.done == [("to", "953371", "hello"), ("room", "", "Ann: hello")]
    assert isinstance(alone, MessageSent)
    assert isinstance(in_room, MessageSent)
    assert (alone.alone, in_room.alone) == (True, None)


# Places


PRIVATE = SendMessage(text="done", to_user="953371", place="dm", is_direct=True, kind="outcome")
OPS = SendMessage(
    text="done", to_user="953371", place="#ops", kind="outcome", reply_to_message="m1"
)


def said(transport: Capable) -> list[tuple[str, str, str]]:
    """Return what was done beside the last words of `say`."""
    return [one for one in transport.done if not one[2].startswith("over ")]


@pytest.mark.parametrize(
    ("unreachable", "expected"),
    [
        ((), [("to", "dm", "done")]),
        (("dm",), [("to", "953371", "done")]),
        (("dm", "953371"), []),
    ],
)
async def test_what_is_private_is_never_said_in_the_room(
    connect: Connect,
    playground: Playground,
    capable: type[Capable],
    unreachable: tuple[str, ...],
    expected: list[tuple[str, str, str]],
) -> None:
    """It is said in its place, else to its user alone, else not at all."""
    worker = await connect()
    (transport,) = capable.made
    transport.unreachable.update(unreachable)
    await say(worker, playground, PRIVATE)
    assert said(transport) == expected


async def test_a_private_place_without_direct_messages(
    connect: Connect,
    playground: Playground,
    capable: type[Capable],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing else is tried where people cannot be written to alone."""
    monkeypatch.setattr(Capable, "can", Traits(replies=True))
    worker = await connect()
    (transport,) = capable.made
    await say(worker, playground, PRIVATE)
    transport.unreachable.add("dm")
    await say(worker, playground, PRIVATE)
    assert said(transport) == [("to", "dm", "done")]


async def test_an_outcome_is_for_all_in_its_place(
    connect: Connect, playground: Playground, capable: type[Capable]
) -> None:
    """It goes to its creator alone only where manners ask for that, or its channel is gone; it is
    never said in another channel.
    """
    worker = await connect()
    (transport,) = capable.made
    await say(worker, playground, OPS)
    transport.unreachable.add("#ops")
    await say(worker, playground, OPS)
    transport.wanted = Manners(answers_directly=True)
    await say(worker, playground, OPS)
    assert said(transport) == [
        ("to", "#ops", "done"),
        ("to", "953371", "done"),
        ("to", "953371", "done"),
    ]


async def test_a_place_that_is_gone_without_direct_messages(
    connect: Connect,
    playground: Playground,
    capable: type[Capable],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What belongs there is not said elsewhere."""
    monkeypatch.setattr(Capable, "can", Traits(replies=True))
    worker = await connect()
    (transport,) = capable.made
    transport.unreachable.add("#ops")
    said_by_the_job = SendMessage(text="secret", place="#ops")
    await say(worker, playground, OPS, replace(progress("50 %"), place="#ops"), said_by_the_job)
    assert said(transport) == []


async def test_a_place_that_does_not_take_it_now(
    connect: Connect, playground: Playground, capable: type[Capable]
) -> None:
    """Nothing of it is said anywhere else, and an outcome is said there again."""
    worker = await connect()
    (transport,) = capable.made
    transport.unreachable.add("953371")
    said_by_the_job = SendMessage(text="secret", place="#ops")
    transport.busy["#ops"] = 2
    await say(worker, playground, said_by_the_job, replace(progress("50 %"), place="#ops"))
    transport.busy["#ops"] = 1
    answer = await worker.side.request(replace(OPS, id=SendMessage(text="").id))
    assert isinstance(answer, MessageSent)
    assert answer.done
    assert said(transport) == [("to", "#ops", "done")]


async def test_progress_in_a_quiet_mesh(
    connect: Connect, playground: Playground, capable: type[Capable]
) -> None:
    """Only its creator hears of it, alone."""
    worker = await connect()
    (transport,) = capable.made
    transport.wanted = Manners(is_quiet=True)
    await say(worker, playground, progress("25 %"))
    transport.unreachable.add("953371")
    transport.gone = True
    await say(worker, playground, progress("50 %"), OPS)
    private = replace(progress("75 %"), place="dm", is_direct=True)
    await say(worker, playground, private)
    assert said(transport) == [
        ("to", "953371", "25 %"),
        ("to", "#ops", "done"),
        ("to", "dm", "75 %"),
    ]


async def test_the_supervisor_hears_what_became_of_it(
    connect: Connect,
    playground: Playground,
    capable: type[Capable],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An outcome that was said, or can never be said, is done; one that met no room is
    not.
    """
    worker = await connect()
    (transport,) = capable.made

    async def is_done(notice: SendMessage) -> bool:
        answer = await worker.side.request(replace(notice, id=SendMessage(text="").id))
        assert isinstance(answer, MessageSent)
        return answer.done

    assert await is_done(OPS)
    transport.unreachable |= {"dm", "953371"}
    assert await is_done(PRIVATE)

    async def fails(error: Exception) -> str:
        raise error

    monkeypatch.setattr(transport, "say", lambda *_: fails(RuntimeError("a transport's mistake")))
    assert await is_done(OPS)
    monkeypatch.setattr(transport, "say", lambda *_: fails(NotInMeshError("gone")))
    assert not await is_done(OPS)
    assert [error.error for error in worker.side.seen(Error)] == [
        "RuntimeError: a transport's mistake",
        "gone",
    ]
