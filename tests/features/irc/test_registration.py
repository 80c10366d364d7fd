"""Being let in: capabilities, nicks and logins, as servers answer them, without I/O."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.irc.client.dialect import DIALECTS, Dialect
from meshvisor.features.irc.client.login import Login
from meshvisor.features.irc.client.refusals import (
    CHANNEL_ERRORS,
    THROTTLED,
    asked_wait,
    of_error,
    of_join,
)
from meshvisor.features.irc.client.registration import MOST_NICKS, Registration, alternatives
from meshvisor.features.irc.wire.message import Line, parse
from meshvisor.shared.protocol.from_worker import FailureKind

BOT = Login(nick="bot", user="b", real_name="")


def replies(registration: Registration, *texts: str) -> list[str]:
    """Have the server say something; return what is answered."""
    answers: list[str] = []
    for text in texts:
        line = parse(text)
        assert line is not None
        answers += registration.take(line)
    return answers


def begun(login: Login = BOT, dialect: Dialect = DIALECTS["irc"]) -> Registration:
    """Return one that has said its first lines."""
    registration = Registration(login, "irc.test", dialect)
    registration.begin()
    return registration


def refused(registration: Registration) -> tuple[FailureKind, str, float | None]:
    """Return why it has failed."""
    refusal = registration.refusal
    assert refusal is not None
    return refusal.kind, refusal.sentence, refusal.retry_after


def test_first_lines() -> None:
    """They are the password, if there is one, and who the bot is."""
    assert Registration(BOT, "s", Dialect()).begin() == ["CAP LS 302", "NICK bot", "USER b 0 * bot"]
    login = Login(nick="bot", user="b", real_name="A Bot", server_password="a b")
    assert Registration(login, "s", Dialect()).begin() == [
        *("CAP LS 302", "PASS :a b", "NICK bot", "USER b 0 * :A Bot"),
    ]
    assert "a b" not in repr(login)


def test_capabilities_in_several_lines() -> None:
    """All lines of a list count; what is not known is not asked for."""
    registration = begun()
    assert replies(
        registration, ":s CAP * LS * :message-tags x", ":s CAP * LS :server-time=1 away-notify"
    ) == ["CAP REQ :message-tags server-time"]
    assert replies(registration, ":s CAP bot ACK :message-tags server-time") == ["CAP END"]
    assert registration.capabilities == {"message-tags", "server-time"}


def test_echoes_need_labels() -> None:
    """An echo that cannot be distinguished from another is not asked for."""
    assert replies(begun(), "CAP * LS :echo-message batch") == ["CAP REQ :batch"]
    assert replies(begun(), "CAP * LS :echo-message labeled-response") == [
        "CAP REQ :labeled-response echo-message"
    ]


def test_capabilities_that_are_refused() -> None:
    """A list that is refused is asked for piece by piece."""
    registration = begun()
    replies(registration, "CAP * LS :batch chghost")
    assert replies(registration, "CAP * NAK :batch chghost") == ["CAP REQ batch", "CAP REQ chghost"]
    assert replies(registration, "CAP * NAK :batch") == []
    assert replies(registration, "CAP * ACK :chghost") == ["CAP END"]
    assert registration.capabilities == {"chghost"}


def test_none_that_are_wanted() -> None:
    """Where there is nothing to ask for, the negotiation ends."""
    assert replies(begun(), "CAP * LS :") == ["CAP END"]


def test_a_server_without_capabilities() -> None:
    """An old server greets, and that is all that is needed."""
    registration = begun()
    assert replies(registration, ":s 421 * CAP :Unknown command", ":s 001 Bot9 :Welcome") == []
    assert replies(registration, ":s 005 Bot9 NICKLEN=9 :are supported", ":s 376 Bot9 :End") == []
    assert (registration.done, registration.nick) == (True, "Bot9")
    assert registration.support.number("NICKLEN", 30) == 9


def test_what_the_server_calls_the_bot() -> None:
    """Its host may be another one, and later another account."""
    registration = begun()
    replies(registration, ":s 001 bot :hi", ":s 396 bot cloak/x :is now your hidden host")
    assert registration.mask == "@cloak/x"
    replies(registration, ":s 396 bot me@cloak/y :is now your hidden host", ":s 900 bot m acc :in")
    assert (registration.mask, registration.account) == ("me@cloak/y", "acc")
    replies(registration, ":s CAP bot DEL :sasl", ":s 901 bot m :out")
    assert registration.account == ""


# ---- Nicks ---------------------------------------------------------------------------------------


def test_a_nick_in_use() -> None:
    """Others are tried, which fit where only nine characters do; then the bot gives up."""
    registration = begun(Login(nick="longbotname", user="b", real_name=""))
    nicks = ["longbotname"]
    while registration.refusal is None:
        nicks += (
            answer.removeprefix("NICK ")
            for answer in replies(registration, f":s 433 * {registration.nick} :Nickname is in use")
        )
    assert nicks == list(alternatives("longbotname"))
    assert len(set(nicks)) == len(nicks) == MOST_NICKS
    assert all(len(nick) <= 9 for nick in nicks[3:])
    kind, sentence, wait = refused(registration)
    assert (kind, wait) == (FailureKind.UNREACHABLE, 30.0)
    assert "longbotname" in sentence


def test_a_nick_that_is_not_allowed() -> None:
    """No other is tried: it would be as wrong."""
    registration = begun()
    assert replies(registration, ":s 432 * bot :Erroneous Nickname") == []
    assert refused(registration)[:2] == (
        FailureKind.REFUSED,
        "irc.test does not allow the nick bot (Erroneous Nickname); choose another nick",
    )


# ---- Logging in ----------------------------------------------------------------------------------

PLAIN = Login(nick="bot", user="b", real_name="", account="acc", password="pw")
EXTERNAL = Login(nick="bot", user="b", real_name="", has_certificate=True)


def test_plain() -> None:
    """The password goes when the server asks for it, and the negotiation waits for the outcome."""
    registration = begun(PLAIN)
    assert replies(registration, "CAP * LS :sasl=EXTERNAL,PLAIN", "CAP * ACK :sasl") == [
        *("CAP REQ :sasl", "AUTHENTICATE PLAIN")
    ]
    (answer,) = replies(registration, "AUTHENTICATE +")
    assert base64.b64decode(answer.removeprefix("AUTHENTICATE ")) == b"acc\0acc\0pw"
    assert replies(registration, ":s 900 * * acc :You are", ":s 903 * :SASL successful") == [
        "CAP END"
    ]
    assert registration.account == "acc"


def test_external() -> None:
    """The certificate says who it is."""
    registration = begun(EXTERNAL)
    replies(registration, "CAP * LS :sasl")
    assert replies(registration, "CAP * ACK :sasl", "AUTHENTICATE +") == [
        *("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    ]


@pytest.mark.parametrize("code", ["902", "904", "905", "906"])
def test_a_wrong_password(code: str) -> None:
    """It is the account that is not accepted, and the error says who can mend it."""
    registration = begun(PLAIN)
    replies(registration, "CAP * LS :sasl", "CAP * ACK :sasl", f":s {code} bot :SASL failed")
    kind, sentence, _ = refused(registration)
    assert kind is FailureKind.UNAUTHORIZED
    assert sentence.endswith("log in as acc (SASL failed); correct account and password")
    assert "pw" not in sentence


@pytest.mark.parametrize(
    "lines", [["CAP * LS :batch"], ["CAP * LS :sasl", "CAP * NAK :sasl"], [":s 001 bot :hi"]]
)
def test_no_sasl(lines: list[str]) -> None:
    """A bot that is to log in does not come in as another user."""
    registration = begun(PLAIN)
    replies(registration, *lines)
    kind, sentence, _ = refused(registration)
    assert kind is FailureKind.UNREACHABLE
    assert "offers no SASL" in sentence


def test_another_mechanism() -> None:
    """What the server would take is named."""
    registration = begun(PLAIN)
    replies(registration, "CAP * LS :sasl=EXTERNAL", "CAP * ACK :sasl")
    assert refused(registration)[:2] == (
        FailureKind.REFUSED,
        "irc.test knows no SASL PLAIN, only EXTERNAL; log in with a certificate",
    )


# ---- Refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "wait"),
    [
        ("Closing Link: x (Trying to reconnect too fast.)", FailureKind.UNREACHABLE, THROTTLED),
        ("Your host is trying to (re)connect too fast -- throttled.", FailureKind.UNREACHABLE, 60),
        ("Throttled: Reconnecting too fast - wait 15 seconds", FailureKind.UNREACHABLE, 15),
        ("Too many connections, try again later: 2 minutes", FailureKind.UNREACHABLE, 120),
        ("Closing Link: a[b] (K-Lined: spam)", FailureKind.REFUSED, None),
        ("You are banned from this server", FailureKind.REFUSED, None),
        ("Access denied: Bad password?", FailureKind.UNAUTHORIZED, None),
        ("Closing link: shutting down", FailureKind.UNREACHABLE, None),
        ("", FailureKind.UNREACHABLE, None),
    ],
)
def test_words_of_servers(text: str, kind: FailureKind, wait: float | None) -> None:
    """Every server has words of its own for what has no code."""
    refusal = of_error(text, "irc.test", has_password=True)
    assert (refusal.kind, refusal.retry_after) == (kind, wait)
    assert refusal.sentence.startswith("irc.test has closed the connection")


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("Ping timeout: 245 seconds", None),  # ngIRCd
        ("Closing link: (bot@192.0.2.1) [Ping timeout: 120 seconds]", None),  # InspIRCd
        ("Closing link: (bot@192.0.2.1) [Registration timeout]", None),
        ("Closing Link: bot[192.0.2.1] (Ping timeout: 121 seconds)", None),  # UnrealIRCd
        ("Closing Link: bot[192.0.2.1] (Throttled: Reconnecting too fast)", None),
        ("Closing Link: 192.0.2.1 (Ping timeout: 245 seconds)", None),  # ircd-hybrid
        ("Reconnecting too fast, throttled.", None),
        ("Excess Flood: 20 lines in 10 seconds", None),
        ("Server shutdown in 5 m", None),
        ("Closing Link: bot[h] (Killed (oper (you have said 9 lines in 2 s)))", None),
        ("Closing Link: h (Ping timeout: 245 seconds) please reconnect", None),
        ("Please wait 90 seconds", 90),
        ("You must wait at least 5 more minutes", 300),
        ("Server restarts; try again in 5 minutes", 300),
        ("You may reconnect in 30 secs", 30),
        ("Ping timeout: 245 seconds; wait 20 seconds before reconnecting", 20),
        ("In 40 seconds you may try again", 40),
        ("Throttled (5 connects in 60 seconds)", 60),
        ("Throttled: 5 connects in 60 seconds, wait 10 minutes", 600),
    ],
)
def test_how_long_a_server_asks_to_wait(text: str, wait: float | None) -> None:
    """A time is believed where the server asks to wait or throttles, and is no wait elsewhere."""
    assert asked_wait(text) == wait


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (":s 464 * :Password incorrect", FailureKind.UNAUTHORIZED),
        (":s 465 * :You are banned", FailureKind.REFUSED),
        ("ERROR :Closing Link: bye", FailureKind.UNREACHABLE),
    ],
)
def test_not_let_in(line: str, kind: FailureKind) -> None:
    """Numerics and ERROR before the greeting are refusals."""
    registration = begun()
    replies(registration, line)
    assert refused(registration)[0] is kind


@pytest.mark.parametrize("line", [":s 464 * :Password incorrect", "ERROR :Bad password?"])
@pytest.mark.parametrize(
    ("password", "advice"),
    [
        ("", "give the mesh an account with server_password"),
        ("x", "correct server_password of the account"),
    ],
)
def test_a_server_with_a_password(line: str, password: str, advice: str) -> None:
    """What to do depends on whether the bot has said one."""
    registration = begun(Login(nick="bot", user="b", real_name="", server_password=password))
    replies(registration, line)
    kind, sentence, _ = refused(registration)
    assert (kind, sentence.endswith(f"; {advice}")) == (FailureKind.UNAUTHORIZED, True), sentence
    assert ("wants a password" in sentence) == ("464" in line and not password)


def test_channels() -> None:
    """Each answer to a JOIN says what is the matter with the channel."""
    for code in CHANNEL_ERRORS:
        refusal = of_join(Line(code, ("bot", "#a", "words of the server")), "#a", has_key=False)
        assert refusal.sentence.endswith("(words of the server)")
    banned = of_join(Line("474", ("bot", "#a", "")), "#a", has_key=False)
    assert banned.sentence == "the bot is banned from #a"
    full = of_join(Line("471", ("bot", "#a", "")), "#a", has_key=False)
    assert full.kind is FailureKind.UNREACHABLE


# ---- Twitch --------------------------------------------------------------------------------------


def test_twitch() -> None:
    """It greets without waiting for capabilities, and refuses tokens in a notice."""
    registration = begun(dialect=DIALECTS["twitch"])
    assert replies(
        registration, "CAP * LS :twitch.tv/tags twitch.tv/commands twitch.tv/membership"
    ) == ["CAP REQ :twitch.tv/tags twitch.tv/commands twitch.tv/membership"]
    replies(registration, ":tmi 001 bot :Welcome, GLHF!", ":tmi 376 bot :>")
    assert registration.done
    line = parse(":tmi CAP * ACK :twitch.tv/tags")
    assert line is not None
    assert registration.learned(line)
    assert "twitch.tv/tags" in registration.capabilities
    registration = begun(dialect=DIALECTS["twitch"])
    replies(registration, ":tmi NOTICE * :Login authentication failed")
    assert refused(registration)[0] is FailureKind.UNAUTHORIZED


# ---- Anything ------------------------------------------------------------------------------------

COMMANDS = st.sampled_from(
    ["CAP", "AUTHENTICATE", "001", "005", "376", "433", "432", "396", "900", "903", "904", "PING"]
)


@given(st.lists(st.builds(Line, COMMANDS, st.lists(st.text(max_size=20), max_size=4).map(tuple))))
def test_any_server(lines: list[Line]) -> None:
    """Nothing that a server says raises, and what is answered is one line each."""
    registration = begun(PLAIN)
    for line in lines:
        for answer in registration.take(line):
            assert not set("\r\n") & set(answer)
