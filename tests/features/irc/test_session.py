"""A stay on an IRC server: people, places, and how it ends, on a server that says anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from meshvisor.features.irc.worker import session
from meshvisor.features.irc.worker.people import MOST
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import (
    MAIN,
    CannotEditError,
    ChatMessage,
    Checkpoint,
    EndKind,
    JoinError,
    NoSuchPlaceError,
    NotInMeshError,
    NotSentError,
    Observed,
    Remark,
    TypingChanged,
    User,
    UserJoined,
    UserLeft,
)
from tests.features.irc.scripted import ScriptedServer, ScriptedStay
from tests.transports.network import PATIENCE
from tests.worker.supervisor_side import QUICK

ANN = User("ann", "ann", authenticated=True)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """Return a server."""
    async with ScriptedServer.run() as running:
        yield running


@pytest.fixture
async def make(server: ScriptedServer) -> AsyncIterator[Callable[..., ScriptedStay]]:
    """Return a function that makes a transport to it."""
    made: list[ScriptedStay] = []

    def make(**how: Any) -> ScriptedStay:
        made.append(server.stay(**how))
        return made[-1]

    yield make
    for stay in made:
        await stay.transport.leave("the test is over", politely=False)


async def end_of(stay: ScriptedStay) -> tuple[EndKind, str, float | None]:
    """Return how a stay has ended."""
    async with asyncio.timeout(PATIENCE):
        end = await stay.transport.ended()
    return end.kind, end.reason, end.retry_after


# ---- Joining -------------------------------------------------------------------------------------


async def test_channels_in_one_line(server: ScriptedServer, make: Any) -> None:
    """All channels are joined at once, those with keys first, as many as the server takes."""
    server.support += " TARGMAX=JOIN:2"
    stay = make(channels=["#a", "#b"], account={"keys": "#a=secret"})
    await stay.join()
    assert await server.expect("JOIN") == "JOIN #a,#lobby secret"
    assert await server.expect("JOIN") == "JOIN #b"


async def test_bots_say_that_they_are(server: ScriptedServer, make: Any) -> None:
    """The mode for it is set where the server has one."""
    server.support += " BOT=B"
    await make().join()
    assert await server.expect("MODE") == "MODE bot +B"


@pytest.mark.parametrize(
    ("code", "kind"), [("474", FailureKind.REFUSED), ("471", FailureKind.UNREACHABLE)]
)
async def test_a_channel_that_lets_no_user_in(
    server: ScriptedServer, make: Any, code: str, kind: FailureKind
) -> None:
    """The main channel refuses the bot, and the connection is closed."""
    server.joins = False
    stay = make()
    joining = asyncio.create_task(stay.join())
    await server.expect("JOIN")
    server.say(f":irc.test {code} bot #LOBBY :words")
    with pytest.raises(JoinError) as caught:
        await joining
    assert caught.value.kind is kind
    assert not stay.transport.is_present


async def test_a_further_channel_that_lets_no_user_in(server: ScriptedServer, make: Any) -> None:
    """Another channel fails alone, and is tried again."""
    server.joins = False
    stay = make(channels=["#a"], rejoin_after=1.0)
    joining = asyncio.create_task(stay.join())
    await server.expect("JOIN")
    server.say(":irc.test 474 bot #a :banned")
    server.let_in("#lobby")
    await joining
    assert "banned from #a" in (await stay.expect(Remark)).text
    with pytest.raises(NoSuchPlaceError):
        await stay.transport.say("hi", "#a")
    assert await server.expect("JOIN") == "JOIN #a"
    server.let_in("#a")
    server.say(":ann!a@h PRIVMSG #A :hi")
    assert (await stay.expect(ChatMessage)).place == "#a"
    assert await stay.expect(Remark) == Remark("")


@pytest.mark.parametrize(("keys", "has"), [("", "none"), ("#A=old", "another one")])
async def test_a_channel_with_a_key(server: ScriptedServer, make: Any, keys: str, has: str) -> None:
    """It is said whether the bot has none or a wrong one."""
    server.joins = False
    stay = make(channels=["#a"], account={"keys": keys})
    joining = asyncio.create_task(stay.join())
    await server.expect("JOIN")
    server.say(":irc.test 475 bot #a :no")
    server.let_in("#lobby")
    await joining
    assert f"#a has a key, and the bot has {has};" in (await stay.expect(Remark)).text


LIMITED = "The bot is not in all of its channels: the server allows 2 at a time, which leaves out "


async def test_as_many_channels_as_the_server_allows(server: ScriptedServer, make: Any) -> None:
    """The first ones are joined, the others are named, and others follow where one is left."""
    server.support += " CHANLIMIT=#:2 MAXCHANNELS=2"
    stay = make(channels=["#a", "#b", "#c"], invites="anybody", rejoin_after=1.0)
    await stay.join()
    assert await server.expect("JOIN") == "JOIN #lobby,#a"
    assert await stay.expect(Remark) == Remark(f"{LIMITED}#b, #c")
    server.joins = False
    server.say(":ann!a@h INVITE bot #more", ":op!o@h KICK #a bot :no")
    assert await server.expect("JOIN") == "JOIN #a"
    server.say(":irc.test 474 bot #a :banned")
    remark = await stay.expect(Remark)
    assert remark.text.endswith("; the server allows 2 at a time, which leaves out #c")
    assert "the bot is banned from #a (banned)" in remark.text
    assert await server.expect("JOIN") == "JOIN #a,#b"


@pytest.mark.parametrize("support", ["", " CHANLIMIT=#:", " CHANLIMIT=&:1,#:9 MAXCHANNELS=1"])
async def test_a_server_that_allows_them_all(
    server: ScriptedServer, make: Any, support: str
) -> None:
    """All are joined, and there is nothing to say about it."""
    server.support += support
    stay = make(channels=["#a", "#b"])
    await stay.join()
    assert await server.expect("JOIN") == "JOIN #lobby,#a,#b"
    assert not [one for one in stay.seen if isinstance(one, Remark)]


async def test_a_throttled_connect(server: ScriptedServer, make: Any) -> None:
    """A server that has been asked too often says so, and is left alone for as long as it wants."""
    server.greeting = ["ERROR :Trying to reconnect too fast."]
    with pytest.raises(JoinError, match="too fast") as caught:
        await make().join()
    assert (caught.value.kind, caught.value.retry_after) == (FailureKind.UNREACHABLE, 60.0)


async def test_a_server_that_says_nothing(server: ScriptedServer, make: Any) -> None:
    """Waiting has an end."""
    server.greets = False
    with pytest.raises(JoinError, match="has not let the bot in within") as caught:
        await make(timings=replace(QUICK, request=0.05)).join()
    assert caught.value.kind is FailureKind.UNREACHABLE


async def test_a_server_that_closes(server: ScriptedServer, make: Any) -> None:
    """So has a connection that is closed in the middle of the greeting."""
    server.greets = False
    stay = make()
    joining = asyncio.create_task(stay.join())
    await server.expect("CAP END")
    server.cut()
    with pytest.raises(JoinError, match="the connection broke"):
        await joining


async def test_a_mesh_without_a_server(make: Any) -> None:
    """What is missing is said."""
    stay = make()
    stay.transport._mesh = type(stay.transport._mesh)(
        "lobby", "", "#lobby", stay.transport._mesh.settings
    )
    with pytest.raises(JoinError, match='add server = "host"') as caught:
        await stay.join()
    assert caught.value.kind is FailureKind.BROKEN


# ---- The nick ------------------------------------------------------------------------------------


async def test_a_nick_is_regained(server: ScriptedServer, make: Any) -> None:
    """A nick that was in use is taken as soon as it is free."""
    stay = make()
    server.nick = "x"
    server.greeting = [":irc.test 433 * bot :in use"]
    joining = asyncio.create_task(stay.join())
    await server.expect("NICK bot_")
    server.greeting, server.nick = [], "bot_"
    server._greet()
    await joining
    assert stay.transport.own_id == "~bot_"
    server.say(":bot!b@h QUIT :Ping timeout")
    await server.expect("NICK bot")
    server.say(":bot_!b@h NICK :bot")
    server.say("PING :x")
    await server.expect("PONG")
    assert stay.transport.own_id == "~bot"


async def test_an_account_of_the_bot(server: ScriptedServer, make: Any) -> None:
    """A bot that is logged in is its account, and so it is when it is logged out."""
    stay = make()
    await stay.join()
    server.say(":irc.test 900 bot bot!b@h helper :You are now logged in", "PING :x")
    await server.expect("PONG")
    assert stay.transport.own_id == "helper"
    server.say(":bot!b@h ACCOUNT *", "PING :x")
    await server.expect("PONG")
    assert stay.transport.own_id == "~bot"


# ---- People --------------------------------------------------------------------------------------


async def test_who_is_there(server: ScriptedServer, make: Any) -> None:
    """Who was there has not come; who is in two channels comes and leaves once."""
    stay = make(channels=["#a"])
    await stay.join()
    server.say(
        ":bob!b@h JOIN #lobby bob :Bob",
        ":bob!b@h JOIN #a bob :Bob",
        ":bob!b@h PART #lobby",
        ":bob!b@h KICK #a bob :away",
        ":cyd!c@h JOIN #lobby * :C",
        ":cyd!c@h QUIT :Quit: bye",
    )
    bob, cyd = User("bob", "bob", authenticated=True), User("~cyd", "cyd")
    await stay.expect(UserLeft, lambda left: left.user == cyd)
    assert stay.seen == [UserJoined(bob), UserLeft(bob), UserJoined(cyd)]
    assert set(stay.transport.users) == {"~ann"}


async def test_netsplits(server: ScriptedServer, make: Any) -> None:
    """Two servers that lose each other are no flood of people who leave and come."""
    stay = make()
    await stay.join()
    people = [f"p{number}" for number in range(500)]
    server.say(*(f":{nick}!u@h JOIN #lobby * :x" for nick in people))
    await stay.expect(UserJoined, lambda joined: joined.user.name == people[-1])
    stay.seen.clear()
    server.say(*(f":{nick}!u@h QUIT :hub.example.net leaf.example.net" for nick in people))
    server.say(*(f":{nick}!u@h JOIN #lobby * :x" for nick in people[1:]))
    server.say(":liar!u@h JOIN #lobby * :x", ":liar!u@h QUIT :Quit: a.b c.d", "PING :x")
    await server.expect("PONG")
    liar = User("~liar", "liar")
    assert stay.seen == [UserJoined(liar), UserLeft(liar)]
    assert len(stay.transport.users) == len(people)
    session = stay.transport._session
    assert session is not None
    session.incoming.settle_splits(asyncio.get_running_loop().time() + 3600)
    assert [one.user.name for one in stay.seen[2:] if isinstance(one, UserLeft)] == ["p0"]


async def test_nicks_change(server: ScriptedServer, make: Any) -> None:
    """Who has another nick or account is the same person with another id."""
    stay = make()
    await stay.join()
    server.say(":ann!a@h NICK annie", ":annie!a@h ACCOUNT ann", ":annie!a@h PRIVMSG #lobby :x")
    renamed = await stay.expect(Observed)
    assert (renamed.kind, renamed.user) == ("renamed", User("~annie", "annie"))
    assert renamed.data == {"was": "~ann", "name": "ann"}
    await stay.expect(ChatMessage)


async def test_ten_thousand_people(server: ScriptedServer, make: Any) -> None:
    """A list of them is taken in; more than that are not kept, and what they say is heard."""
    stay = make()
    await stay.join()
    names = [f"@n{number}" for number in range(MOST + 500)]
    server.say(
        *(
            f":irc.test 353 bot = #lobby :{' '.join(names[start : start + 50])}"
            for start in range(0, len(names), 50)
        ),
        f"@account=x :n{MOST + 499}!u@h PRIVMSG #lobby :I am one too many",
    )
    message = await stay.expect(ChatMessage)
    assert (message.user.id, len(stay.transport.users)) == ("x", MOST)
    assert not any(isinstance(one, UserJoined) for one in stay.seen)


# ---- What is said --------------------------------------------------------------------------------


async def test_messages(server: ScriptedServer, make: Any) -> None:
    """A message has its author, its place, and what it answers."""
    server.support += " STATUSMSG=@+"
    stay = make(channels=["#Dev"])
    await stay.join()
    server.say(
        "@msgid=1;account=ann :ann!a@h PRIVMSG #LOBBY :\x02bold\x02 @bob ann: hi",
        "@msgid=2;+draft/reply=1 :ann!a@h PRIVMSG #dev :ann: hello",
        "@msgid=3;account=ann :ann!a@h PRIVMSG bot :psst",
        "@msgid=4 :bob!b@h PRIVMSG bot :psst",
        "@msgid=0 :ann!a@h PRIVMSG $$* :for everybody",
        "@msgid=5 :ann!a@h PRIVMSG @#lobby :for operators",
    )
    one, two, three, four, five = [await stay.expect(ChatMessage) for _ in range(5)]
    assert (one.id, one.user, one.text, one.place) == ("1", ANN, "bold @bob ann: hi", MAIN)
    assert (two.place, two.reply_to, two.user.id) == ("#Dev", "1", "~ann")
    assert [user.name for user in two.mentions] == ["ann"]
    assert (three.place, three.is_direct) == ("account:ann", True)
    assert (four.place, four.user.authenticated) == ("nick:bob!b@h", False)
    assert (five.place, five.is_direct) == (MAIN, False)


async def test_what_is_not_answered(server: ScriptedServer, make: Any) -> None:
    """Notices, bots, servers, echoes and old clients' questions are no messages."""
    stay = make()
    await stay.join()
    server.say(
        ":ann!a@h NOTICE #lobby :?ping",
        ":ann!a@h NOTICE bot :?ping",
        "@bot :robot!r@h PRIVMSG #lobby :?ping",
        "@inspircd.org/bot :robot!r@h PRIVMSG bot :?ping",
        ":irc.test PRIVMSG #lobby :?ping",
        ":bot!b@h PRIVMSG #lobby :?ping",
        ":ann!a@h PRIVMSG bot :\x01DCC SEND x\x01",
        ":ann!a@h PRIVMSG #lobby :\x01ACTION waves\x01",
        ":ann!a@h PRIVMSG #lobby :last",
    )
    action = await stay.expect(Observed)
    assert (action.kind, action.data) == ("action", {"text": "waves"})
    assert (await stay.expect(ChatMessage)).text == "last"
    assert not any(isinstance(one, ChatMessage) for one in stay.seen)


async def test_ctcp(server: ScriptedServer, make: Any) -> None:
    """Who asks what this is learns it, and no user makes the bot talk in a loop."""
    stay = make()
    await stay.join()
    server.say(*[f":ann!a@h PRIVMSG bot :\x01PING {number}\x01" for number in range(50)])
    assert await server.expect("NOTICE") == "NOTICE ann :\x01PING 0\x01"
    server.say(":ann!a@h PRIVMSG bot :\x01VERSION\x01", "PING :x")
    await server.expect("PONG")
    assert len([line for line in server.lines if line.startswith("NOTICE")]) < 5
    assert not any("VERSION" in line for line in server.lines)


async def test_topics_invitations_and_typing(server: ScriptedServer, make: Any) -> None:
    """What else is seen is reported by its kind."""
    stay = make()
    await stay.join()
    server.say(
        "@account=ann :ann!a@h TOPIC #lobby :\x02new",
        "@account=ann :ann!a@h INVITE bot #else",
        "@account=ann;+typing=active :ann!a@h TAGMSG #lobby",
    )
    topic, invited = await stay.expect(Observed), await stay.expect(Observed)
    assert (topic.kind, topic.user, dict(topic.data)) == ("topic", ANN, {"topic": "new"})
    assert (invited.kind, dict(invited.data)) == ("invited", {"channel": "#else"})
    assert await stay.expect(TypingChanged) == TypingChanged(ANN, typing=True)
    assert not any(line.startswith("JOIN #else") for line in server.lines)


@pytest.mark.parametrize("hours", [-5, 0, 7])
async def test_a_clock_that_is_wrong(server: ScriptedServer, make: Any, hours: int) -> None:
    """A server whose clock differs does not make every command old."""

    def stamp(seconds_ago: float) -> str:
        at = time.time() + hours * 3600 - seconds_ago
        whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
        return f"@time={whole}.000Z;msgid=1 "

    server.time = stamp(0)
    stay = make()
    await stay.join()
    server.say(
        f"{stamp(0)}:ann!a@h PRIVMSG #lobby :now", f"{stamp(600)}:ann!a@h PRIVMSG #lobby :old"
    )
    now, old = await stay.expect(ChatMessage), await stay.expect(ChatMessage)
    assert now.at is not None
    assert old.at is not None
    assert abs(now.at - time.time()) < PATIENCE + 2
    assert 590 < now.at - old.at < 610


async def test_a_flood(server: ScriptedServer, make: Any) -> None:
    """A thousand messages are heard in their order, by however many people."""
    server.caps = ""
    stay = make()
    await stay.join()
    server.say(
        *(f":n{number % 100}!u@h PRIVMSG #lobby :{number}" for number in range(1000)),
        ":n0!u@h PRIVMSG #lobby :last",
    )
    await stay.expect(ChatMessage, lambda one: one.text == "last")
    texts = [int(one.text) for one in stay.seen if isinstance(one, ChatMessage)]
    assert texts == list(range(1000))


# ---- Who it is, where the server does not say ----------------------------------------------------


class Registry:
    """Answers WHOIS on request of the test."""

    def __init__(self, server: ScriptedServer) -> None:
        self._server = server
        server.caps = ""
        server.whois = lambda nick: None  # type: ignore[method-assign]

    def answer(self, nick: str, mask: str, account: str) -> None:
        """Say who has a nick."""
        user, _, host = mask.partition("@")
        lines = [f":irc.test 311 bot {nick} {user} {host} * :x"]
        lines += [f":irc.test 330 bot {nick} {account} :is logged in as"] if account else []
        self._server.say(*lines, f":irc.test 318 bot {nick} :End of /WHOIS list.")


async def test_asking_who_it_is(server: ScriptedServer, make: Any) -> None:
    """A user who writes is asked about once, and what they say meanwhile stays in order."""
    registry = Registry(server)
    stay = make()
    await stay.join()
    server.say(*(f":ann!a@h PRIVMSG #lobby :{number}" for number in range(3)))
    await server.expect("WHOIS ann")
    server.say(":bob!b@h PRIVMSG bot :me first")
    assert (await stay.expect(ChatMessage)).text == "me first"
    registry.answer("ann", "a@h", "ann")
    said = [await stay.expect(ChatMessage) for _ in range(3)]
    assert [(one.text, one.user) for one in said] == [("0", ANN), ("1", ANN), ("2", ANN)]
    server.say(":ann!a@h PRIVMSG #lobby :again")
    assert (await stay.expect(ChatMessage)).user == ANN
    assert not any(line.startswith("WHOIS") for line in server.lines)


@pytest.mark.parametrize(
    "meanwhile",
    [":ann!a@h QUIT :bye", ":ann!a@h NICK other", ":ann!a@h PART #lobby", ":bob!b@h NICK ann"],
)
async def test_a_nick_that_changes_hands(server: ScriptedServer, make: Any, meanwhile: str) -> None:
    """What WHOIS says of a nick is not believed of a user who may have had it before."""
    registry = Registry(server)
    stay = make()
    await stay.join()
    server.say(":ann!a@h PRIVMSG #lobby :?admin")
    await server.expect("WHOIS ann")
    server.say(meanwhile)
    registry.answer("ann", "a@h", "ann")
    message = await stay.expect(ChatMessage)
    assert (message.user.id, message.user.authenticated) == ("~ann", False)


async def test_another_host(server: ScriptedServer, make: Any) -> None:
    """Nor where the nick is at another host."""
    registry = Registry(server)
    stay = make()
    await stay.join()
    server.say(":ann!a@h PRIVMSG #lobby :?admin")
    await server.expect("WHOIS ann")
    registry.answer("ann", "evil@h", "ann")
    assert not (await stay.expect(ChatMessage)).user.authenticated


async def test_no_answer(server: ScriptedServer, make: Any) -> None:
    """A server that does not answer authenticates no user, and no message is lost."""
    Registry(server)
    stay = make(timings=replace(QUICK, request=0.05))
    await stay.join()
    server.say(":ann!a@h PRIVMSG #lobby :hi")
    assert not (await stay.expect(ChatMessage)).user.authenticated


# ---- Speaking ------------------------------------------------------------------------------------


async def test_answers_to_messages(server: ScriptedServer, make: Any) -> None:
    """A message has the id that the server gives it, or the error."""
    stay = make(channels=["#a"])
    await stay.join()
    assert await stay.transport.say("one", MAIN, "x") == "id1"
    line = await server.expect("PRIVMSG")
    assert "+draft/reply=x" in line
    assert line.endswith(" PRIVMSG #lobby one")
    server.echoes = False
    answers = [
        (":irc.test 404 bot #a :Cannot send to channel", NotSentError),
        (":irc.test 403 bot #a :No such channel", NoSuchPlaceError),
        (":irc.test FAIL PRIVMSG SLOW #a :Too fast", NotSentError),
    ]
    for answer, error in answers:
        saying = asyncio.create_task(stay.transport.say("two", "#a"))
        label = (await server.expect("PRIVMSG"))[1:].partition(" ")[0]
        server.say(f"@{label} {answer}")
        with pytest.raises(error) as caught:
            await saying
        assert type(caught.value) is error
    saying = asyncio.create_task(stay.transport.say("three"))
    label = (await server.expect("PRIVMSG"))[1:].partition(" ")[0]
    server.say(
        f"@{label} :irc.test BATCH +b labeled-response",
        "@batch=b;msgid=77 :bot!b@h PRIVMSG #lobby :three",
        ":irc.test BATCH -b",
    )
    assert await saying == "77"
    saying = asyncio.create_task(stay.transport.say("four"))
    await server.expect("PRIVMSG")
    server.cut()
    with pytest.raises(NotInMeshError):
        await saying


async def test_limits(server: ScriptedServer, make: Any) -> None:
    """What fits depends on what the server calls the bot, and on where it speaks."""
    server.caps, server.mask = "", "bot@h"
    stay = make()
    await stay.join()
    around = len(":bot!bot@h PRIVMSG #lobby :\r\n")
    assert stay.transport.limits(MAIN).max_bytes == 512 - around - 2
    server.say(":bot!bot@h CHGHOST longuser a.long.host", "PING :x")
    await server.expect("PONG")
    around = len(":bot!longuser@a.long.host PRIVMSG #lobby :\r\n")
    assert stay.transport.limits(MAIN).max_bytes == 512 - around - 2
    assert stay.transport.limits("nick:ann!a@h").max_bytes > stay.transport.limits(MAIN).max_bytes
    assert stay.transport.limits(MAIN).lines is False


async def test_no_text_becomes_a_command(server: ScriptedServer, make: Any) -> None:
    """What is said is one message, whatever is in it."""
    server.caps = ""
    stay = make()
    await stay.join()
    await stay.transport.say("hi\r\nQUIT :owned\x01\x00 PRIVMSG")
    assert await server.expect("PRIVMSG") == "PRIVMSG #lobby :hi QUIT :owned  PRIVMSG"
    await stay.transport.say(":)")
    assert await server.expect("PRIVMSG") == "PRIVMSG #lobby ::)"


async def test_notices(server: ScriptedServer, make: Any) -> None:
    """A bot may speak in notices, which no other bot answers."""
    stay = make(speech="notice")
    server.caps = ""
    await stay.join()
    await stay.transport.say("hi")
    await server.expect("NOTICE #lobby hi")


async def test_a_user_alone(server: ScriptedServer, make: Any) -> None:
    """What is private goes to the account, whatever nick it has, and to no other."""
    stay = make()
    await stay.join()
    server.say("@account=ann :ann!a@h PRIVMSG bot :psst", ":ann!a@h NICK annie")
    place = (await stay.expect(ChatMessage)).place
    await stay.transport.say("one", place)
    assert (await server.expect("PRIVMSG")).endswith("PRIVMSG annie one")
    assert await stay.transport.direct_place("ann") == place
    server.say("@account=ann :annie!a@h ACCOUNT *", "PING :x")
    await server.expect("PONG")
    with pytest.raises(NoSuchPlaceError):
        await stay.transport.say("two", place)
    with pytest.raises(NoSuchPlaceError):
        await stay.transport.direct_place("~nobody")
    server.say(":bob!b@h PRIVMSG bot :psst")
    place = (await stay.expect(ChatMessage)).place
    with pytest.raises(NoSuchPlaceError):
        await stay.transport.say("two", place)
    await server.expect("WHOIS bob")
    with pytest.raises(CannotEditError):
        await stay.transport.edit("1", "x")


async def test_typing(server: ScriptedServer, make: Any) -> None:
    """That the bot is writing is shown where it is wanted."""
    stay = make(typing=True)
    await stay.join()
    assert stay.transport.traits.typing
    await stay.transport.show_typing(True)
    await server.expect("TAGMSG #lobby")


# ---- Invitations and lists -----------------------------------------------------------------------


async def test_invitations(server: ScriptedServer, make: Any) -> None:
    """Those of people who are logged in are followed, remembered, and forgotten after a kick."""
    stay = make(invites="accounts", most_channels=2)
    await stay.join()
    server.say("@msgid=1 :eve!e@h INVITE bot #evil", "@account=ann :ann!a@h INVITE bot #ann")
    token = (await stay.expect(Checkpoint)).token
    await server.expect("JOIN #ann")
    server.say("@account=ann :ann!a@h INVITE bot #too-many", "PING :x")
    await server.expect("PONG")
    assert not any("#evil" in line or "#too-many" in line for line in server.lines)
    await stay.transport.leave("restart")
    other = make(invites="accounts", most_channels=2)
    server.lines.clear()
    await other.join(token)
    assert await server.expect("JOIN") == "JOIN #lobby,#ann"
    server.say(":op!o@h KICK #ann bot :no")
    assert (await other.expect(Checkpoint)).token == '{"invited": []}'
    assert other.transport.is_present


async def test_a_token_that_is_none(make: Any) -> None:
    """What cannot be read means nothing."""
    for token in ("", "t1", "[]", '{"invited": 1}', '{"invited": ["a b"]}', '{"invited": [1]}'):
        stay = make()
        await stay.join(token)
        await stay.transport.leave("next")


async def test_all_channels(server: ScriptedServer, make: Any) -> None:
    """Those that the server lists are joined, the largest first, as many as there may be."""
    stay = make(channels=["*"], most_channels=3)
    await stay.join()
    await server.expect("LIST")
    server.say(
        ":irc.test 321 bot Channel :Users  Name",
        *(f":irc.test 322 bot #c{size} {size} :" for size in (2, 30, 4, 11)),
        ":irc.test 322 bot #lobby 1 :",
        ":irc.test 323 bot :End of /LIST",
    )
    assert await server.expect(lambda line: "#c" in line) == "JOIN #c30,#c11"


# ---- Ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        (
            ":op!o@h KICK #lobby bot :spam",
            EndKind.KICKED,
            "op has thrown the bot out of #lobby: spam",
        ),
        (":bot!b@h PART #lobby :removed", EndKind.KICKED, "the server has thrown the bot out"),
        ("ERROR :Closing Link: bot[h] (Killed (root (bye)))", EndKind.KICKED, "Killed"),
        (
            "ERROR :Closing Link: bot[h] (Killed (NickServ (GHOST command used by ann)))",
            EndKind.REPLACED,
            "GHOST",
        ),
        ("ERROR :Closing Link: Ping timeout", EndKind.LOST, "Ping timeout"),
        ("ERROR :Excess Flood", EndKind.LOST, "Excess Flood"),
    ],
)
async def test_ends(
    server: ScriptedServer, make: Any, line: str, kind: EndKind, words: str
) -> None:
    """Why a stay is over decides what comes next."""
    stay = make()
    await stay.join()
    server.say(line)
    if line.startswith("ERROR"):
        server.cut()
    found, reason, _ = await end_of(stay)
    assert (found, words in reason) == (kind, True)


async def test_a_kick_elsewhere(server: ScriptedServer, make: Any) -> None:
    """A further channel that throws the bot out is one that it comes back to."""
    stay = make(channels=["#a"], rejoin_after=1.0)
    await stay.join()
    await server.expect("JOIN")
    server.say(":cyd!c@h JOIN #a * :x", ":op!o@h KICK #a bot :spam")
    await stay.expect(UserLeft)
    assert stay.transport.is_present
    assert await server.expect("JOIN") == "JOIN #a"


async def test_a_silent_server(server: ScriptedServer, make: Any) -> None:
    """A server that is silent is asked, and one that does not answer is lost."""
    stay = make(idle_timeout=1.0)
    await stay.join()
    await server.expect("PING")
    server.say(":irc.test PONG irc.test :meshvisor")
    await server.expect("PING")
    kind, reason, _ = await end_of(stay)
    assert (kind, reason) == (EndKind.LOST, "no answer to a ping within 0.25 s")


async def test_leaving(server: ScriptedServer, make: Any) -> None:
    """A polite leave says so; a server that does not close is not waited for."""
    stay = make(timings=replace(QUICK, close=0.05))
    await stay.join()
    await stay.transport.leave("bye all")
    await server.expect("QUIT :bye all")
    assert (await end_of(stay))[0] is EndKind.LEFT


async def test_bytes_that_are_no_lines(server: ScriptedServer, make: Any) -> None:
    """A server that has become something else costs the connection nothing until it ends it."""
    stay = make()
    await stay.join()
    server.say_bytes(bytes(range(256)) * 400 + b"\r\nHTTP/1.1 400 Bad Request\r\n\r\n<html>\r\n")
    server.say(":ann!a@h PRIVMSG #lobby :still")
    await stay.expect(ChatMessage, lambda one: one.text == "still")


async def test_every_character_of_a_nick(server: ScriptedServer, make: Any) -> None:
    """Nicks are people with ids, whatever is in them, and equal where the server says so."""
    stay = make()
    await stay.join()
    nick = "aZ[]\\`_^{|}09-"
    server.say(f":{nick}!u@h JOIN #lobby * :x", f":{nick.lower()}!u@h PRIVMSG #lobby :hi @{nick}")
    joined = await stay.expect(UserJoined)
    message = await stay.expect(ChatMessage)
    assert (joined.user.id, joined.user.name) == (f"~{nick}", nick)
    assert [user.name for user in message.mentions] == [nick]
    server.say(":az{}|`_~{|}09-!u@h QUIT :bye")
    assert (await stay.expect(UserLeft)).user == joined.user


# ---- Twitch --------------------------------------------------------------------------------------


async def test_twitch(server: ScriptedServer, make: Any) -> None:
    """Its tags, its pace, and its way to end a connection."""
    server.caps = "twitch.tv/tags twitch.tv/commands twitch.tv/membership"
    stay = make(dialect="twitch", gap=0.5, burst=50)
    await stay.join()
    transport = stay.transport
    assert (transport.traits.replies, transport.traits.direct) == (True, False)
    assert (transport.manners.gap, transport.manners.burst) == (2.0, 5)
    assert transport.limits(MAIN).max_bytes <= 480
    server.say(
        "@id=abc;reply-parent-msg-id=xyz;tmi-sent-ts=1796032800250;user-id=1 "
        ":ann!ann@ann.tmi.twitch.tv PRIVMSG #lobby :hi"
    )
    message = await stay.expect(ChatMessage)
    assert (message.id, message.reply_to, message.at) == ("abc", "xyz", 1796032800.25)
    assert message.user == ANN
    await transport.say("hello", MAIN, "abc")
    assert await server.expect("PRIVMSG") == "@reply-parent-msg-id=abc PRIVMSG #lobby hello"
    with pytest.raises(NoSuchPlaceError):
        await transport.direct_place("ann")
    server.say("@ban-duration=5 :tmi CLEARCHAT #lobby :bot", ":tmi RECONNECT")
    assert (await end_of(stay))[0] is EndKind.LOST


async def test_a_ban_on_twitch(server: ScriptedServer, make: Any) -> None:
    """Whom a moderator bans is thrown out."""
    server.caps = "twitch.tv/tags"
    stay = make(dialect="twitch")
    await stay.join()
    server.say(":tmi CLEARCHAT #lobby :bot")
    assert (await end_of(stay))[0] is EndKind.KICKED


async def test_an_account_that_may_have_logged_out(server: ScriptedServer, make: Any) -> None:
    """Where that is not announced, the server is asked before something private is said."""
    registry = Registry(server)
    server.joins = True
    stay = make()
    await stay.join()
    server.say(":ann!a@h PRIVMSG bot :psst")
    await server.expect("WHOIS ann")
    registry.answer("ann", "a@h", "ann")
    place = (await stay.expect(ChatMessage)).place
    assert place == "account:ann"
    for account, error in (("ann", None), ("", NoSuchPlaceError)):
        saying = asyncio.create_task(stay.transport.say("secret", place))
        await server.expect("WHOIS ann")
        registry.answer("ann", "a@h", account)
        if error is None:
            await saying
            await server.expect("PRIVMSG ann secret")
        else:
            with pytest.raises(error):
                await saying


async def test_a_nick_that_is_too_long(
    server: ScriptedServer, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that the server has cut is the bot's, and not asked for again and again."""
    monkeypatch.setattr(session, "REGAIN_FIRST", 0.0)
    server.support += " NICKLEN=3"
    server.greeting = [
        ":irc.test 001 lon :Welcome",
        ":irc.test 005 lon NICKLEN=3 :are supported",
        ":irc.test 422 lon :none",
    ]
    stay = make(nick="longer")
    server.nick = "lon"
    await stay.join()
    assert stay.transport.own_id == "~lon"
    await server.expect("NICK longer")  # of the registration
    server.say("PING :x")
    await server.expect("PONG")
    assert not [line for line in server.lines if line.startswith("NICK")]
