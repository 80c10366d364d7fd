"""A mesh of a program: joining, talking, and every way in which a stay ends."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

import pytest

from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.shared.secret import Secret
from meshvisor.worker.mesh.transport import (
    CannotEditError,
    ChatMessage,
    Checkpoint,
    Delivery,
    EndKind,
    JoinError,
    Limits,
    Manners,
    NoSuchPlaceError,
    NotInMeshError,
    NotSentError,
    Observed,
    SentAwayError,
    Traits,
    TypingChanged,
    User,
    UserJoined,
    UserLeft,
)
from tests.features.program.conftest import MakeMesh
from tests.features.program.programs import ECHO, Mesh

# ---- Joining -------------------------------------------------------------------------------------


async def test_what_a_program_gets(make: MakeMesh) -> None:
    """It learns its mesh, its account, its options and how far it had heard, on standard input."""
    mesh = make(
        'tell("log", text="x"); j = wait(); joined(); tell("observed", kind="join", data=j)',
        options={"channels": ["#a"]},
        environment={"COLOUR": "red"},
    )
    account = Credentials(peer_id="", account="irc", fields={"token": Secret("s3cret")})
    await mesh.join("t1", account)
    assert (await mesh.expect(Observed)).data == {
        "type": "join",
        "version": 1,
        "mesh_id": "here",
        "address": "#here",
        "account": {"name": "irc", "token": "s3cret"},
        "resume": "t1",
        "options": {"channels": ["#a"]},
    }


async def test_no_account(make: MakeMesh) -> None:
    """The account of the platform is no business of a program's."""
    mesh = make('j = wait(); joined(); tell("observed", kind="join", data=j)')
    await mesh.join(None, Credentials(peer_id="1_bot", auth_token=Secret("platform")))
    assert (await mesh.expect(Observed)).data == {
        "type": "join",
        "version": 1,
        "mesh_id": "here",
        "address": "#here",
    }


async def test_where_a_program_runs(
    make: MakeMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs in its folder below the home, with its variables and none of the supervisor's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MESHVISOR__DATABASE__URI", "mongodb://secret")
    (tmp_path / "bridges").mkdir()
    mesh = make(
        'wait(); joined(); tell("observed", kind="where", data={"in": os.getcwd(), **os.environ})',
        folder="bridges",
        environment={"COLOUR": "red"},
    )
    await mesh.join()
    found = (await mesh.expect(Observed)).data
    assert (found["in"], found["COLOUR"]) == (str(tmp_path / "bridges"), "red")
    assert "MESHVISOR__DATABASE__URI" not in found
    assert found["PATH"] == os.environ["PATH"]


async def test_what_a_program_can_do(make: MakeMesh) -> None:
    """Its traits are what the bot keeps to, before the join and after it."""
    mesh = make(
        """
wait()
joined(max_bytes=400, max_parts=3, lines=False, fences=False, replies=True, edits=True, typing=True,
       acknowledges=True, direct="dm:{id}", gap=2.2, burst=3, per_hour=60, quiet=True,
       answers_directly=True, places={"#small": {"max_bytes": 100}})
wait("leave")
"""
    )
    assert mesh.transport.traits == Traits()
    assert not mesh.transport.is_present
    await mesh.join()
    transport = mesh.transport
    assert transport.traits == Traits(replies=True, typing=True, editing=True, direct=True)
    assert transport.manners == Manners(2.2, 3, 60, is_quiet=True, answers_directly=True)
    assert transport.limits("") == Limits(400, 3, lines=False, fences=False)
    assert transport.limits("#small") == Limits(100)
    assert await transport.direct_place("ann") == "dm:ann"
    assert transport.own_id == "bot"


async def test_who_is_there(make: MakeMesh) -> None:
    """Those who are there already have not joined; all others come and go once."""
    mesh = make(
        """
wait()
tell("joined", self={"id": "bot"}, users=[ANN, {"id": "bot"}])
tell("user_joined", user=ANN)
tell("user_joined", user={"id": "bob", "authenticated": True})
tell("user_left", user={"id": "ann"})
tell("user_left", user={"id": "nobody"})
tell("typing", user={"id": "bob"}, on=True)
wait("leave")
"""
    )
    await mesh.join()
    assert await mesh.expect(TypingChanged) == TypingChanged(User("bob", "bob", False), True)
    bob = User("bob", "bob", True)
    assert mesh.seen == [UserJoined(bob), UserLeft(User("ann", "ann", False))]
    assert mesh.transport.users == {"bob": bob}


# ---- Not joining ---------------------------------------------------------------------------------


async def refused(mesh: Mesh) -> JoinError:
    """Return why a join has failed."""
    with pytest.raises(JoinError) as caught:
        await mesh.join()
    assert not mesh.transport.is_present
    return caught.value


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["./no_such_bridge"], "the program ./no_such_bridge cannot be found"),
        (["no-such-bridge-at-all"], "the program no-such-bridge-at-all cannot be found"),
        (["./plain.txt"], "the program ./plain.txt is not executable"),
        (["./empty.sh"], "the program ./empty.sh is no program"),
        (["."], "the program . is not executable"),
    ],
)
async def test_what_cannot_be_started(
    words: list[str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is missing or no program is named, and blocks nothing."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain.txt").write_text("hello")
    (tmp_path / "empty.sh").write_text("echo hello")
    (tmp_path / "empty.sh").chmod(0o700)
    error = await refused(Mesh(words))
    assert str(error).startswith(why)
    assert error.kind is FailureKind.BROKEN


async def test_a_folder_that_is_missing(make: MakeMesh) -> None:
    """A folder that does not exist is named."""
    error = await refused(make(ECHO, folder="/no/such/folder"))
    assert str(error).startswith("the folder /no/such/folder of ")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("sys.exit(3)", "exited with code 3"),
        ("pass", "exited with code 0"),
        ("raise ValueError('no token')", "exited with code 1: ValueError: no token"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "was killed by SIGSEGV"),
        ("os.close(1); time.sleep(60)", "has closed its standard output"),
        ("wait('never')", "has not joined within 0.3 s"),
        ("print('{\"type\": \"joi', end='', flush=True)", "exited with code 0"),
        ("sys.stdout.write('x' * 1100000)", "has said a line of more than 1 MiB"),
        ("while True: os.write(1, os.urandom(65536))", "has not joined within 0.3 s"),
        ("tell('joined', self={}); time.sleep(60)", "cannot be understood: joined: Object missing"),
        ("tell('refused', retry_after=-5); time.sleep(60)", "cannot be understood: refused: Expec"),
        (
            "print('ready', flush=True); time.sleep(60)",
            "not joined within 0.3 s; a line of it was ignor",
        ),
        ("wait(); joined(gap='x'); time.sleep(60)", "understood: joined: Expected `"),
        (
            "tell('joined', self={'id': 'b'}, version=2); wait('x')",
            "speaks version 2 of the prot",
        ),
    ],
)
async def test_what_does_not_join(make: MakeMesh, body: str, why: str) -> None:
    """A program that ends or does not speak is reported in one sentence, and blocks nothing."""
    error = await refused(make(body, join_timeout=5 if "not joined" not in why else 0.3))
    assert why in str(error)
    assert error.kind is FailureKind.UNREACHABLE


@pytest.mark.parametrize("kind", [*FailureKind, "whatever"])
async def test_refused(make: MakeMesh, kind: str) -> None:
    """A program says itself why it did not get in; a word that is not known blocks nothing."""
    fields = f"reason='not\\ntoday', kind={str(kind)!r}, retry_after=7"
    error = await refused(make(f"wait(); tell('refused', {fields}); wait('leave')"))
    assert str(error) == "not today"
    expected = FailureKind.UNREACHABLE if kind == "whatever" else FailureKind(kind)
    assert (error.kind, error.retry_after) == (expected, 7)


async def test_sent_away_at_once(make: MakeMesh) -> None:
    """A program that is banned says so instead of joining."""
    mesh = make("wait(); tell('ended', kind='kicked', reason='banned')")
    with pytest.raises(SentAwayError) as caught:
        await mesh.join()
    assert (caught.value.end.kind, caught.value.end.reason) == (EndKind.KICKED, "banned")


@pytest.mark.parametrize("kind", ["unauthorized", "lost"])
async def test_over_before_it_began(make: MakeMesh, kind: str) -> None:
    """A stay that ends before it has begun is a failed join, with the same fault."""
    error = await refused(make(f"wait(); tell('ended', kind={kind!r})"))
    is_known = kind == "lost"
    assert error.kind is (FailureKind.UNREACHABLE if is_known else FailureKind.UNAUTHORIZED)


async def test_a_join_that_is_cancelled(make: MakeMesh) -> None:
    """Nothing is left of a join whose caller has stopped waiting."""
    mesh = make("tell('log', text='here'); wait('never')")
    joining = asyncio.create_task(mesh.join())
    await asyncio.sleep(0)
    joining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await joining
    assert (await mesh.ended()).kind is EndKind.LOST


async def test_a_token_that_it_cannot_read(
    make: MakeMesh, caplog: pytest.LogCaptureFixture
) -> None:
    """A program that ends again and again with its token is started once without."""
    mesh = make(
        "r = wait().get('resume')\nif r: sys.exit(3)\njoined(); tell('checkpoint', token='new')"
    )
    for _ in range(3):
        with pytest.raises(JoinError):
            await mesh.join("old")
    await mesh.join("old")
    assert (await mesh.expect(Checkpoint)).token == "new"
    assert caplog.text.count("without how far it had heard") == 1
    await mesh.ended()
    with pytest.raises(JoinError):
        await mesh.join("old")


async def test_a_network_that_is_away_for_long(make: MakeMesh, tmp_path: Path) -> None:
    """A program that ends for other reasons gets its token again after the one start without."""
    said = tmp_path / "said"
    mesh = make(f"r = wait().get('resume'); open({str(said)!r}, 'a').write(f'{{r}} '); sys.exit(3)")
    for _ in range(6):
        with pytest.raises(JoinError):
            await mesh.join("t")
    assert said.read_text().split() == ["t", "t", "t", "None", "t", "t"]


async def test_a_refusal_is_no_fault_of_the_token(make: MakeMesh) -> None:
    """A program that says why it did not get in is never started without its token."""
    mesh = make("tell('refused', reason=wait().get('resume', 'none'))")
    for _ in range(6):
        with pytest.raises(JoinError, match="t1"):
            await mesh.join("t1")


# ---- Talking -------------------------------------------------------------------------------------


async def test_say(make: MakeMesh) -> None:
    """What is said reaches the program, and its answer names it."""
    mesh = make(ECHO)
    await mesh.join()
    assert await mesh.transport.say("hello ☀", "#a", "m9") == "m1"
    assert await mesh.transport.say("again") == "m2"
    assert (await mesh.expect(ChatMessage)).text == "heard hello ☀"


async def test_everything_of_a_message(make: MakeMesh) -> None:
    """A message keeps all that the program says of it."""
    mesh = make(
        """
wait(); joined()
tell("message", id="m1", user={**ANN, "authenticated": True}, text="hi", place="#a", direct=True,
     reply_to="m0", mentions=[ANN], at=1700000000.5)
tell("checkpoint", token="t")
tell("delivery", sent_id="m7", state="failed", reason="too far")
wait("leave")
"""
    )
    await mesh.join()
    await mesh.expect(Delivery)
    ann = User("ann", "Ann", True)
    mentions = (User("ann", "Ann", False),)
    assert mesh.seen == [
        ChatMessage("m1", ann, "hi", mentions, "m0", "#a", True, 1700000000.5),
        Checkpoint("t"),
    ]


async def test_a_message_at_once(make: MakeMesh) -> None:
    """What is handed on right behind the join can be answered at once."""
    mesh = make("wait(); joined(); say_on(text='hi'); m = wait('say'); say_on(text=m['text'])")
    await mesh.join()
    await mesh.expect(ChatMessage)
    assert await mesh.transport.say("hello") is None
    assert (await mesh.expect(ChatMessage)).text == "hello"


async def test_edits(make: MakeMesh) -> None:
    """A message is changed by its id; one that cannot be is missing."""
    mesh = make(
        """
wait(); joined(edits=True, acknowledges=True)
tell("sent", id=wait("say")["id"], sent_id="m1")
for _ in range(2):
    edit = wait("edit"); tell("observed", kind="edit", data=edit); tell("sent", id=edit["id"])
tell("sent", id=wait("edit")["id"], error="too old", kind="gone")
tell("sent", id=wait("edit")["id"], error="too fast")
tell("sent", id=wait("say")["id"], error="no such place", kind="gone")
tell("sent", id=wait("say")["id"], error="429", kind="later", retry_after=3)
tell("sent", id=wait("say")["id"], error="", kind="a word of the future")
wait("leave")
"""
    )
    await mesh.join()
    assert await mesh.transport.say("one") == "m1"
    await mesh.transport.edit("m1", "two")
    edit = (await mesh.expect(Observed)).data
    assert edit == {"type": "edit", "id": 2, "sent_id": "m1", "text": "two"}
    await mesh.transport.edit("m1", "two", "#a")
    edit = (await mesh.expect(Observed)).data
    assert (edit["sent_id"], edit["place"]) == ("m1", "#a")
    with pytest.raises(CannotEditError, match="too old"):
        await mesh.transport.edit("m1", "three")
    with pytest.raises(NotSentError, match="too fast"):
        await mesh.transport.edit("m1", "three")
    with pytest.raises(NoSuchPlaceError, match="no such place"):
        await mesh.transport.say("four", "#gone")
    for sentence, retry_after in (("429", 3), ("the program could not send it", None)):
        with pytest.raises(NotSentError, match=sentence) as caught:
            await mesh.transport.say("five", "#busy")
        assert type(caught.value) is NotSentError
        assert caught.value.retry_after == retry_after


async def test_answers_that_are_wrong(make: MakeMesh) -> None:
    """An answer that comes twice, or to nothing, does no harm."""
    mesh = make(
        """
wait(); joined(acknowledges=True)
for name in "ab":
    say = wait("say")
    for sent_id in (name, "other"):
        tell("sent", id=say["id"], sent_id=sent_id)
    tell("sent", id=99, sent_id="x")
wait("leave")
"""
    )
    await mesh.join()
    assert [await mesh.transport.say("1"), await mesh.transport.say("2")] == ["a", "b"]


async def test_answers_that_never_come(make: MakeMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that never answers holds up three messages, and no more."""
    monkeypatch.setattr("meshvisor.features.program.worker.answers.PATIENCE", 0.05)
    mesh = make("wait(); joined(acknowledges=True); wait('leave')")
    await mesh.join()
    assert [await mesh.transport.say("x") for _ in range(3)] == [None] * 3
    monkeypatch.setattr("meshvisor.features.program.worker.answers.PATIENCE", 3600)
    assert await mesh.transport.say("x") is None


async def test_answers_that_come_again(make: MakeMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    """A late answer is one: others are waited for again."""
    monkeypatch.setattr("meshvisor.features.program.worker.answers.PATIENCE", 0.05)
    mesh = make(
        """
wait(); joined(acknowledges=True)
says = [wait("say") for _ in range(4)]
tell("sent", id=99, sent_id="never said"); say_on(text="not yet"); wait("say")
tell("sent", id=says[0]["id"], sent_id="late"); say_on(text="now")
tell("sent", id=wait("say")["id"], sent_id="m6")
wait("leave")
"""
    )
    await mesh.join()
    assert [await mesh.transport.say("x") for _ in range(3)] == [None] * 3
    monkeypatch.setattr("meshvisor.features.program.worker.answers.PATIENCE", 3600)
    assert await mesh.transport.say("x") is None
    assert (await mesh.expect(ChatMessage)).text == "not yet"
    assert await mesh.transport.say("x") is None
    assert (await mesh.expect(ChatMessage)).text == "now"
    assert await mesh.transport.say("x") == "m6"


@pytest.mark.parametrize(
    ("direct", "places"), [("'dm:{id}'", ["dm:ann", "q"]), ("True", ["ann", "q"]), ("False", ["q"])]
)
async def test_direct_messages_without_a_place(
    make: MakeMesh, caplog: pytest.LogCaptureFixture, direct: str, places: list[str]
) -> None:
    """They have that of the trait; where there is none, nothing is answered in public."""
    mesh = make(
        f"""
wait(); joined(direct={direct})
say_on(text="psst", direct=True); say_on(text="psst", direct=True, place="q")
tell("delivery", sent_id="m1", state="delivered")
wait("leave")
"""
    )
    await mesh.join()
    await mesh.expect(Delivery)
    assert [one.place for one in mesh.seen if isinstance(one, ChatMessage)] == places
    assert ("it is direct, and has no place" in caplog.text) is (direct == "False")


async def test_typing_and_pings(make: MakeMesh) -> None:
    """Typing is shown where the program can; pings are sent to those that answer them."""
    mesh = make(
        """
wait(); joined(typing=True, heartbeat=True)
for _ in range(2):
    tell("pong", id=wait("ping")["id"])
tell("observed", kind="typing", data=wait("typing"))
while (message := wait("ping")):
    tell("pong", id=message["id"])
"""
    )
    await mesh.join()
    await mesh.transport.show_typing(True, "#a")
    await asyncio.sleep(0)
    assert mesh.transport.is_present
    assert (await mesh.transport.direct_place("x") if mesh.transport.traits.direct else "") == ""


# ---- Ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*EndKind, "whatever"])
async def test_ended(make: MakeMesh, kind: EndKind | str) -> None:
    """A program says how its stay ended; what it says afterwards is nothing."""
    word = kind.value if isinstance(kind, EndKind) else kind
    mesh = make(
        f"wait(); joined(); tell('ended', kind={word!r}, reason='x', retry_after=3);"
        "say_on(text='late')"
    )
    await mesh.join()
    end = await mesh.ended()
    expected = EndKind.LOST if kind in ("whatever", EndKind.LEFT) else kind
    assert (end.kind, end.reason, end.retry_after) == (expected, "x", 3)
    assert mesh.seen == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("sys.exit(7)", "exited with code 7"),
        ("print('boom', file=sys.stderr); sys.exit(1)", "exited with code 1: boom"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL"),
        ("os.close(1); time.sleep(60)", "has closed its standard output"),
        ("sys.stdout.write('x' * 1100000); time.sleep(60)", "has said a line of more than 1 MiB"),
        ("joined(); sys.stdout.write('half a li')", "exited with code 0"),
    ],
)
async def test_lost(make: MakeMesh, body: str, why: str) -> None:
    """A program that ends or cannot be spoken with any more is a mesh that was lost."""
    mesh = make(f"wait(); joined(); {body}")
    await mesh.join()
    end = await mesh.ended()
    assert end.kind is EndKind.LOST
    assert why in end.reason
    assert not mesh.transport.is_present
    with pytest.raises(NotInMeshError):
        await mesh.transport.say("hello")


async def test_no_pong(make: MakeMesh) -> None:
    """A program that does not answer a ping any more is lost."""
    mesh = make(
        "wait(); joined(heartbeat=True); tell('pong', id=wait('ping')['id']); time.sleep(60)"
    )
    await mesh.join()
    assert "has not answered a ping within 0.3 s" in (await mesh.ended()).reason


async def test_one_that_never_reads(make: MakeMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that does not read what it is to say is lost, and nothing piles up."""
    monkeypatch.setattr("meshvisor.features.program.worker.session.WRITE_PATIENCE", 0.1)
    mesh = make("wait(); joined(); time.sleep(60)")
    await mesh.join()
    with pytest.raises(NotInMeshError):
        for _ in range(1000):
            await mesh.transport.say("x" * 4096)
    assert "has not read its standard input" in (await mesh.ended()).reason


async def test_one_that_closes_its_input(make: MakeMesh) -> None:
    """A program that has closed its input is lost."""
    mesh = make("wait(); joined(); os.close(0); say_on(text='now'); time.sleep(60)")
    await mesh.join()
    await mesh.expect(ChatMessage)
    await mesh.transport.say("hello")
    assert "has closed its standard input" in (await mesh.ended()).reason


@pytest.mark.parametrize(
    "body",
    [
        "wait('leave')",
        "sys.stdin.read()",
        "time.sleep(60)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); joined(); time.sleep(60)",
        "os.kill(os.getpid(), signal.SIGSTOP)",
    ],
)
@pytest.mark.parametrize("politely", [True, False])
async def test_leave(make: MakeMesh, body: str, politely: bool) -> None:
    """Leaving ends the program, whatever it does, and may be said twice."""
    mesh = make(f"wait(); joined(); {body}")
    await mesh.join()
    await mesh.transport.leave("bye", politely=politely)
    await mesh.transport.leave("again", politely=politely)
    end = await mesh.ended()
    assert (end.kind, end.reason) == (EndKind.LEFT, "bye")


async def test_polite_leaving(make: MakeMesh, caplog: pytest.LogCaptureFixture) -> None:
    """A program is asked to leave, and has a moment for its good-byes, which are logged."""
    caplog.set_level(logging.INFO)
    mesh = make(
        "wait(); joined(); tell('log', text='told to ' + heard()['type']); say_on(text='x')"
    )
    await mesh.join()
    await mesh.transport.leave("bye")
    assert "told to leave" in caplog.text
    assert mesh.seen == []


async def test_come_back(make: MakeMesh) -> None:
    """Each stay has a program of its own."""
    mesh = make("wait(); joined(); say_on(text=str(os.getpid())); wait('say')")
    pids = set()
    for _ in range(3):
        await mesh.join()
        pids.add((await mesh.expect(ChatMessage)).text)
        await mesh.transport.say("over")
        assert (await mesh.ended()).kind is EndKind.LOST
    assert len(pids) == 3


# ---- Misuse --------------------------------------------------------------------------------------


async def test_nonsense(make: MakeMesh, caplog: pytest.LogCaptureFixture) -> None:
    """Lines that say nothing are reported a few times and ignored; others count."""
    mesh = make(
        """
say_on(text="too early")
wait(); joined(); joined()
for _ in range(100):
    print("hello"); tell("later"); os.write(1, bytes(range(256)) + b"\\n")
say_on(text="still here")
tell("refused", reason="late")
wait("leave")
"""
    )
    await mesh.join()
    assert (await mesh.expect(ChatMessage)).text == "still here"
    assert mesh.seen == []
    assert mesh.transport.is_present
    assert caplog.text.count("of the unknown type 'later'") == 1
    assert 3 < caplog.text.count("Ignored a line of the program") < 15


async def test_a_flood(make: MakeMesh) -> None:
    """A program that says more than it may waits, and nothing of it is lost."""
    mesh = make(
        """
import itertools
wait(); joined()
for number in itertools.count():
    say_on(text=str(number))
"""
    )
    await mesh.join()
    for number in range(1500):
        assert (await mesh.expect(ChatMessage)).text == str(number)
    await mesh.transport.leave("enough")
    assert (await mesh.ended()).kind is EndKind.LEFT


async def test_a_flood_of_log_lines(make: MakeMesh, caplog: pytest.LogCaptureFixture) -> None:
    """What a program writes to standard error is in the log, and no more than it may."""
    caplog.set_level("INFO")
    mesh = make(
        """
import threading
def flood():
    while True: print("y", file=sys.stderr)
wait(); joined()
print("first", file=sys.stderr); os.write(2, b"\\xff" * 100_000 + b"\\n")
threading.Thread(target=flood, daemon=True).start()
for _ in range(500): say_on(text="now")
wait("leave")
"""
    )
    await mesh.join()
    for _ in range(500):
        await mesh.expect(ChatMessage)
    await mesh.transport.leave("enough")
    assert caplog.records[0].getMessage() == "first"
    assert 2 < len(caplog.records) < 10_000


async def test_a_resume_token_of_a_megabyte(make: MakeMesh) -> None:
    """A checkpoint of any length is handed on; who keeps it decides what it keeps."""
    mesh = make("wait(); joined(); tell('checkpoint', token='x' * 1_000_000); wait('leave')")
    await mesh.join()
    assert len((await mesh.expect(Checkpoint)).token) == 1_000_000
