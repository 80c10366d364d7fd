"""What the bot does with what is said in the room: commands and their limits."""

from __future__ import annotations

import asyncio
import threading

import pytest

from meshvisor import CommandContext, User, command
from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import CHAT, STATE, ChatMessage, RoomUser
from meshvisor.playground.frames import message_frame
from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.from_worker import Usage, UsageCounts
from meshvisor.shared.protocol.messages import Error
from meshvisor.shared.protocol.to_worker import (
    RefreshAdmins,
    SendMessage,
    SetInterests,
    Shutdown,
)
from meshvisor.shared.version import VERSION
from meshvisor.worker.mesh.transport import MAIN
from meshvisor.worker.mesh.waiting import Urgency, Wanted
from tests.worker.conftest import Connect, StartWorker

ANN, BOB = RoomUser("11", "ann"), RoomUser("12", "bob")


# Built-in commands


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("?ping", "pong"),
        ("?PING", "pong"),
        ("?help ping", "?ping: See whether I am there"),
        ("?help ?ping", "?ping: See whether I am there"),
        ("?help pong", "I do not know ?pong. Did you mean ?ping?"),
        ("?pnig", "I do not know ?pnig. Did you mean ?ping?"),
        ("?xyzzy", "I do not know ?xyzzy. ?help lists what I know."),
    ],
)
async def test_answers(connect: Connect, playground: Playground, said: str, answer: str) -> None:
    """Built-in commands answer, in any case, and a wrong name gets one clear sentence."""
    await connect()
    assert (await playground.ask("lobby", said)).text == answer


async def test_help_lists_everything(connect: Connect, playground: Playground) -> None:
    """`help` names built-in commands and those of plug-ins."""
    command("greet", help="Say hello")(lambda _ctx: "hello")
    await connect()
    text = (await playground.ask("lobby", "?help")).text
    assert text == (
        "I know ?about, ?cancel, ?greet, ?help, ?job, ?jobs, ?pause, ?ping, ?resume, ?uptime. "
        "?help NAME explains one."
    )


async def test_about_and_uptime(connect: Connect, playground: Playground) -> None:
    """`about` names the version, `uptime` how long the bot runs and is there."""
    await connect()
    assert VERSION in (await playground.ask("lobby", "?about")).text
    assert "in this room for" in (await playground.ask("lobby", "?uptime")).text


async def test_several_prefixes(connect: Connect, playground: Playground) -> None:
    """Each of several prefixes works, and answers speak with the one that was used."""
    await connect(command_prefix=["!", "bot:"])
    assert (await playground.ask("lobby", "!ping")).text == "pong"
    assert (await playground.ask("lobby", "bot: ping")).text == "pong"
    assert "!ping" in (await playground.ask("lobby", "!help")).text


@pytest.mark.parametrize("sender", ["1_bot", "1"])
async def test_the_bot_does_not_answer_itself(
    connect: Connect, playground: Playground, sender: str
) -> None:
    """What the bot has said itself is no command when the server echoes it."""
    worker = await connect()
    echo = Notification(CHAT, ChatMessage("?ping", id="1", sender=sender).to_data())
    playground.peer("lobby", "1_bot").deliver(echo, message_frame(echo))
    await playground.ask("lobby", "?ping")
    assert (await worker.side.status()).counters.messages_received == 1


async def test_the_owner_may_log_in_as_the_bot(connect: Connect, playground: Playground) -> None:
    """The bot's own account on another device is a person like any other, with a name."""
    seen: list[CommandContext] = []

    @command("look")
    async def look(ctx: CommandContext) -> str:
        seen.append(ctx)
        return "seen"

    await connect()
    assert (await playground.ask("lobby", "?look", user=RoomUser("1", "bot"))).text == "seen"
    (ctx,) = seen
    assert (ctx.user, ctx.mesh.own_id) == (User("1", "user1", authenticated=True), "1")
    assert "1" not in ctx.mesh.users


# The context


async def test_the_context_tells_everything(connect: Connect, playground: Playground) -> None:
    """A handler gets who, where, what, and a way to answer."""
    seen: list[CommandContext] = []

    @command("Look")
    async def look(ctx: CommandContext) -> None:
        seen.append(ctx)
        async with ctx.typing():
            await ctx.send("looking")
        await ctx.reply("seen")

    await connect()
    question = playground.say("lobby", '?look "two words" @ann', user=BOB)
    reply = await playground.wait_for_reply("lobby", question)
    assert reply.text == "seen"
    assert [message.text for message in playground.chats("lobby")][1:] == ["looking", "seen"]
    (ctx,) = seen
    assert (ctx.command, ctx.prefix, ctx.mesh_id, ctx.mesh.id) == ("Look", "?", "lobby", "lobby")
    assert (ctx.user_id, ctx.user.id) == ("12", "12")
    assert ctx.args == ("two words", "@ann")
    assert ctx.argument_text == '"two words" @ann'
    assert ctx.text == question.text
    assert ctx.message.id == question.id


async def test_mentions_have_ids(connect: Connect, playground: Playground) -> None:
    """Who is mentioned is known by id and name."""
    seen: list[CommandContext] = []

    @command("look")
    async def look(ctx: CommandContext) -> str:
        seen.append(ctx)
        return "seen"

    await connect()
    await playground.ask("lobby", "?look @user1")
    assert seen[0].mentions == (User("1", "user1", authenticated=True),)


async def test_long_replies_are_split(connect: Connect, playground: Playground) -> None:
    """A reply that is too long for one message arrives in parts, the first of them as reply."""

    @command("long")
    async def long(_ctx: CommandContext) -> str:
        return "word " * 2000

    await connect()
    first = await playground.ask("lobby", "?long")
    await playground.wait_for_chat("lobby", "word", after=first)
    parts = playground.chats("lobby")[1:]
    assert [part.reply is not None for part in parts] == [True, False, False]
    assert " ".join(part.text for part in parts).split() == ["word"] * 2000


async def test_a_flood_of_parts_is_cut(connect: Connect, playground: Playground) -> None:
    """A text that would become dozens of messages is cut with a note."""
    command("flood")(lambda _ctx: "word " * 100_000)
    await connect()
    await playground.ask("lobby", "?flood")
    last = await playground.wait_for_chat("lobby", "the rest was too long")
    assert last is playground.chats("lobby")[10]


# Limits


async def test_cooldown_is_per_user_with_one_notice(
    connect: Connect, playground: Playground
) -> None:
    """Who is too fast hears so once; others are served."""
    await connect(command_cooldown=1000)
    assert (await playground.ask("lobby", "?ping", user=ANN)).text == "pong"
    notice = await playground.ask("lobby", "?ping", user=ANN)
    assert notice.text == "One at a time, please: wait 1000 s."
    playground.say("lobby", "?ping", user=ANN)
    assert (await playground.ask("lobby", "?ping", user=BOB)).text == "pong"
    assert len(playground.chats("lobby")) == 4 + 3


async def test_a_slow_command_is_stopped(connect: Connect, playground: Playground) -> None:
    """A command that takes too long is cancelled; its user and the supervisor are notified."""
    cancelled = asyncio.Event()

    @command("sleep")
    async def sleep(_ctx: CommandContext) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    worker = await connect(command_timeout=0.05)
    reply = await playground.ask("lobby", "?sleep")
    assert reply.text == "Sorry, ?sleep took longer than 0.05 s and was stopped."
    assert cancelled.is_set()
    assert (await worker.side.expect(Error)).source == "command:sleep"


async def test_only_so_many_run_at_once(connect: Connect, playground: Playground) -> None:
    """Commands beyond the limit wait for a free slot and then run."""
    release, running, most = asyncio.Event(), 0, 0

    @command("wait")
    async def wait(_ctx: CommandContext) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await release.wait()
        running -= 1
        return "done"

    worker = await connect(command_concurrency=2)
    asked = [playground.say("lobby", "?wait") for _ in range(5)]
    while (await worker.side.status()).counters.commands < 5:
        pass
    release.set()
    for question in asked:
        await playground.wait_for_reply("lobby", question)
    assert most == 2


async def test_too_many_waiting_commands_are_refused(
    connect: Connect, playground: Playground
) -> None:
    """A storm of commands does not pile up without end, one answer says so, and the bot lives."""
    release = asyncio.Event()
    ended: list[str] = []

    @command("wait")
    async def wait(ctx: CommandContext) -> None:
        await release.wait()
        ended.append(ctx.user_id)

    worker = await connect(command_concurrency=1)
    for number in range(1000):
        playground.say("lobby", "?wait", user=RoomUser(str(number), f"u{number}"))
    while (await worker.side.status()).counters.messages_received < 1000:
        pass
    assert (await worker.side.status()).counters.commands == 101
    full = await playground.wait_for_chat("lobby", "Too many commands are waiting")
    release.set()
    while len(ended) < 101:
        await asyncio.sleep(0)
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert [message for message in playground.chats("lobby") if message.text == full.text] == [full]


async def test_one_user_does_not_starve_the_others(
    connect: Connect, playground: Playground
) -> None:
    """A user has a few commands under way and hears when that is enough; others come in turn."""
    release: dict[str, asyncio.Event] = {"11": asyncio.Event(), "12": asyncio.Event()}
    ended: list[str] = []

    @command("wait")
    async def wait(ctx: CommandContext) -> None:
        await release[ctx.user_id].wait()
        ended.append(ctx.user_id)

    worker = await connect(command_concurrency=4)
    for _ in range(20):
        playground.say("lobby", "?wait", user=ANN)
    enough = await playground.wait_for_chat("lobby", "You have 5 commands under way already")
    # Ann holds half of the slots at most, so that Bob is served although hers never end.
    assert (await playground.ask("lobby", "?ping", user=BOB)).text == "pong"
    assert (await worker.side.status()).counters.commands == 5 + 1
    release["11"].set()
    while len(ended) < 5:
        await worker.side.status()
    assert [said.text for said in playground.chats("lobby")].count(enough.text) == 1
    assert (await playground.ask("lobby", "?ping", user=ANN)).text == "pong"


async def test_answers_that_cannot_be_said_do_not_pile_up(
    connect: Connect, playground: Playground
) -> None:
    """While the bot cannot speak, most of a flood of wrong commands stays without an answer."""
    release = asyncio.Event()

    @command("hold")
    async def hold(ctx: CommandContext) -> None:
        async with ctx.mesh._outgoing.turn(MAIN, lambda: Wanted(Urgency.ANSWER)):
            await release.wait()

    worker = await connect()
    playground.say("lobby", "?hold")
    while (await worker.side.status()).counters.commands < 1:
        pass
    await playground.storm("lobby", 500, "?nothing")
    while (await worker.side.status()).counters.messages_received < 501:
        pass
    release.set()
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    answers = [said for said in playground.chats("lobby") if said.text.startswith("I do not know")]
    assert len(answers) == 50


async def test_users_are_served_in_turn(connect: Connect, playground: Playground) -> None:
    """A user who comes later with one command does not wait for all who came before."""
    release, order = asyncio.Event(), list[str]()

    @command("wait")
    async def wait(ctx: CommandContext) -> None:
        await release.wait()
        order.append(ctx.user_id)

    worker = await connect(command_concurrency=1)
    for user in (ANN, ANN, ANN, ANN, BOB, BOB, RoomUser("13", "cleo")):
        playground.say("lobby", "?wait", user=user)
    while (await worker.side.status()).counters.commands < 7:
        pass
    release.set()
    while len(order) < 7:
        await worker.side.status()
    assert order == ["11", "11", "12", "13", "11", "12", "11"]


async def test_a_right_that_was_lost_while_waiting(
    connect: Connect, playground: Playground
) -> None:
    """A command that waits is judged again when it runs; and one may be allowed meanwhile."""
    release, ran = asyncio.Event(), list[str]()

    @command("wait")
    async def wait(_ctx: CommandContext) -> None:
        await release.wait()

    @command("wipe", admin=True)
    async def wipe(ctx: CommandContext) -> str:
        ran.append(ctx.user_id)
        return "wiped"

    worker = await connect(command_concurrency=1)
    worker.side.send(RefreshAdmins(admins=frozenset({"11", "12"})))
    await worker.side.status()
    playground.say("lobby", "?wait")
    of_ann = playground.say("lobby", "?wipe", user=ANN)
    of_bob = playground.say("lobby", "?wipe", user=BOB)
    while (await worker.side.status()).counters.commands < 3:
        pass
    worker.side.send(RefreshAdmins(admins=frozenset({"12"})))
    await worker.side.status()
    release.set()
    assert (await playground.wait_for_reply("lobby", of_ann)).text == "Only admins may use ?wipe."
    assert (await playground.wait_for_reply("lobby", of_bob)).text == "wiped"
    assert ran == ["12"]


# Mistakes of handlers


async def test_an_error_is_answered_reported_and_logged(
    connect: Connect, playground: Playground, caplog: pytest.LogCaptureFixture
) -> None:
    """A handler that fails costs a short reply; the supervisor gets a sentence, the log all."""

    @command("broken")
    async def broken(_ctx: CommandContext) -> None:
        raise ValueError("no such thing")

    worker = await connect()
    reply = await playground.ask("lobby", "?broken")
    assert reply.text == "Sorry, ?broken failed. It has been reported."
    error = await worker.side.expect(Error)
    assert (error.source, error.error) == ("command:broken", "ValueError: no such thing")
    status = await worker.side.status()
    assert (status.counters.commands, status.counters.command_errors) == (1, 1)
    assert status.last_error == "ValueError: no such thing"
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.exc_info is not None
    assert (await playground.ask("lobby", "?ping")).text == "pong"


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError(), KeyError("x")])
async def test_no_exception_of_a_handler_ends_the_worker(
    connect: Connect, playground: Playground, error: BaseException
) -> None:
    """Even an attempt to exit the process is just a failed command."""

    @command("bad")
    async def bad(_ctx: CommandContext) -> None:
        raise error

    await connect()
    playground.say("lobby", "?bad")
    assert (await playground.ask("lobby", "?ping")).text == "pong"


async def test_errors_are_not_reported_without_end(
    connect: Connect, playground: Playground
) -> None:
    """A handler that fails all the time floods neither the channel nor the supervisor."""

    @command("broken")
    async def broken(_ctx: CommandContext) -> None:
        raise ValueError

    worker = await connect()
    for _ in range(50):
        await playground.ask("lobby", "?broken")
    assert (await worker.side.status()).counters.command_errors == 50
    assert len(worker.side.seen(Error)) == 20


async def test_a_plain_function_runs_in_a_thread(connect: Connect, playground: Playground) -> None:
    """A handler that is no coroutine function may block, and answers by returning a text."""
    release = threading.Event()

    @command("block")
    def block(ctx: CommandContext) -> str:
        release.wait(10)
        return f"hello {ctx.user_id}"

    await connect()
    question = playground.say("lobby", "?block", user=ANN)
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    release.set()
    assert (await playground.wait_for_reply("lobby", question)).text == "hello 11"


async def test_running_commands_may_end_before_a_shutdown(
    connect: Connect, playground: Playground
) -> None:
    """A graceful shutdown lets a running command answer, and takes no new ones."""
    started, release = asyncio.Event(), asyncio.Event()

    @command("work")
    async def work(_ctx: CommandContext) -> str:
        started.set()
        await release.wait()
        return "done"

    worker = await connect()
    question = playground.say("lobby", "?work")
    await started.wait()
    worker.side.send(Shutdown(deadline=20))
    await worker.side.status()
    playground.say("lobby", "?ping")
    release.set()
    assert (await playground.wait_for_reply("lobby", question)).text == "done"
    assert await worker.exit_code() == 0
    assert "pong" not in [message.text for message in playground.chats("lobby")]


async def test_a_handler_that_ignores_its_end_does_not_hold_up_the_worker(
    connect: Connect, playground: Playground
) -> None:
    """A command that swallows its cancellation is left behind."""
    started, release = asyncio.Event(), asyncio.Event()

    @command("stubborn")
    async def stubborn(_ctx: CommandContext) -> None:
        started.set()
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    worker = await connect()
    playground.say("lobby", "?stubborn")
    await started.wait()
    worker.side.send(Shutdown(mode="forced", deadline=1))
    assert await worker.exit_code() == 0
    release.set()


# What the supervisor wants


async def test_usage_is_batched(connect: Connect, playground: Playground) -> None:
    """Uses of commands arrive together, by name."""
    worker = await connect()
    questions = [playground.say("lobby", said) for said in ["?ping", "?ping", "?about", "hello"]]
    await playground.wait_for_reply("lobby", questions[2])
    assert (await worker.side.expect(Usage)).commands == {"ping": 2, "about": 1}


async def test_who_does_what_is_counted_if_it_is_wanted(
    connect: Connect, playground: Playground
) -> None:
    """Nothing is before; then messages, commands, what fails and who comes, by user and hour."""

    @command("fail")
    async def fail(_ctx: CommandContext) -> str:
        raise RuntimeError

    worker = await connect()
    await playground.ask("lobby", "?ping")
    worker.side.send(SetInterests(kinds=frozenset({"usage_counts"})))
    await worker.side.status()
    for said in ("?ping", "?fail"):
        await playground.ask("lobby", said)
    answers = await worker.side.expect(UsageCounts)
    user = answers.counts[0][2]
    assert user
    assert sorted((what, who, name, count) for _, what, who, name, count in answers.counts) == [
        ("command", user, "fail", 1),
        ("command", user, "ping", 1),
        ("error", user, "fail", 1),
        ("message", user, "", 2),
    ]


async def test_the_supervisor_can_speak(connect: Connect, playground: Playground) -> None:
    """`send_message` says something, as an answer if wanted."""
    worker = await connect()
    question = playground.say("lobby", "hello?")
    worker.side.send(SendMessage(text="maintenance at noon", reply_to_message=question.id))
    assert (await playground.wait_for_reply("lobby", question)).text == "maintenance at noon"


async def test_what_cannot_be_said_is_reported(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A message for a room in which the bot is not gets an error as its answer."""
    worker = await start_worker(playground.server, permits=False)
    message = SendMessage(text="hello?")
    worker.side.send(message)
    error = await worker.side.expect(Error)
    assert (error.reply_to, error.error) == (message.id, "the bot is not in lobby")


@pytest.mark.parametrize(
    ("handle", "name"),
    [
        ("two\nlines\r\n", "two lines"),
        ("\x1b[31m red\x07\x1b[0m", "red"),
        ("a\u202eb\u200bc", "abc"),
        ("  \t ", "77"),
        ("n" * 500, "n" * 128),
    ],
)
async def test_names_are_one_visible_line(
    connect: Connect, playground: Playground, handle: str, name: str
) -> None:
    """What the bot says of people has no line ends and nothing that a terminal obeys."""
    seen: list[User] = []

    @command("look")
    async def look(ctx: CommandContext) -> str:
        seen.extend(ctx.mesh.users.values())
        return f"I see {[user.name for user in seen if user.id == '77']}"

    await connect()
    await playground.wait_until_notified("lobby")
    present = [{"id": 77, "handle": handle}]
    present += [{"id": bad, "handle": "x"} for bad in ("7\u200b7", "7 7", "7\n7", "9" * 200, "")]
    state = Notification(STATE, {"users": present})
    playground.peer("lobby", "1_bot").deliver(state, message_frame(state))
    assert (await playground.ask("lobby", "?look")).text == f"I see {[name]}"
    assert {user.id for user in seen} == {"77"}


async def test_an_id_that_looks_like_another_one(connect: Connect, playground: Playground) -> None:
    """An id with something invisible is no user, and above all no other one."""
    worker = await connect()
    worker.side.send(RefreshAdmins(admins=frozenset({"12"})))
    await worker.side.status()
    for sender in ("1\u200b2_x", "12\n_x", " 12_x", "1" * 200 + "_x"):
        playground.room("lobby").post(sender, ChatMessage("?ping"))
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert [said.text for said in playground.chats("lobby")].count("pong") == 1
