"""Being let in by a server: from the first line to the end of its greeting.

Owns capabilities, the nick, SASL, and what goes wrong with them.  Does not own channels.
Without I/O: what the server says is given to `take`, which returns what to answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from meshvisor.features.irc.client.dialect import Dialect
from meshvisor.features.irc.client.login import Login
from meshvisor.features.irc.client.refusals import (
    IN_USE,
    Refusal,
    of_error,
    of_registration,
)
from meshvisor.features.irc.wire import sasl
from meshvisor.features.irc.wire.isupport import Support
from meshvisor.features.irc.wire.message import Line, written
from meshvisor.shared.protocol.fields import as_sentence
from meshvisor.shared.protocol.from_worker import FailureKind

MOST_NICKS: Final = 8
"""That are tried before the bot gives up."""

SHORTEST_LIMIT: Final = 9
"""Characters that a nick may have on every server (RFC 1459, 1.2)."""

REGISTERED: Final = frozenset({"376", "422"})
"""The end of the greeting, or that there is none."""


class Registration:
    """One attempt to be let in.

    Args:
        login: who the bot is.
        server: its name, for sentences.
        dialect: what the server expects.
    """

    def __init__(self, login: Login, server: str, dialect: Dialect) -> None:
        self._login = login
        self._server = server
        self._dialect = dialect
        self._nicks = alternatives(login.nick)
        self._offered: dict[str, str] = {}
        self._unanswered: set[str] = set()
        """Capabilities that were asked for."""
        self._negotiates = True
        self._logs_in = bool(login.mechanism)
        self._greeted = False
        self.nick = next(self._nicks)
        """The bot's, as far as the server has taken it."""
        self.account = ""
        """That the bot is logged in with; empty: none."""
        self.mask = ""
        """`user@host` of the bot as the server shows it; empty: it has not said."""
        self.capabilities: set[str] = set()
        self.support = Support()
        self.done = False
        self.refusal: Refusal | None = None

    def begin(self) -> list[str]:
        """Return the first lines."""
        lines = ["CAP LS 302"]
        if self._login.server_password:
            lines.append(written("PASS", self._login.server_password))
        lines.append(written("NICK", self.nick))
        lines.append(
            written("USER", self._login.user, "0", "*", self._login.real_name or self._login.nick)
        )
        return lines

    def take(self, line: Line) -> list[str]:
        """Take in a line, and return what to say to it."""
        if self.done or self.refusal is not None:
            return []
        return list(self._react(line))

    def learned(self, line: Line) -> bool:
        """Take in what a server says of itself and of the bot later on; say whether it was that."""
        match line.command:
            case "005":
                self.support.take(line.params[1:])
            case "396":
                user = self.mask.partition("@")[0]
                self.mask = line.param(1) if "@" in line.param(1) else f"{user}@{line.param(1)}"
            case "900":
                self.account = line.param(2)
            case "901":
                self.account = ""
            case "CAP":
                names = line.text.split()
                if line.param(1).upper() == "DEL":
                    self.capabilities.difference_update(names)
                elif line.param(1).upper() == "ACK":
                    self.capabilities.update(names)
            case _:
                return False
        return True

    # Private

    def _react(self, line: Line) -> Iterator[str]:
        match line.command:
            case "PING":
                yield written("PONG", *line.params[-1:])
            case "CAP":
                yield from self._capabilities(line)
            case "AUTHENTICATE" | "902" | "903" | "904" | "905" | "906" | "907":
                yield from self._login_lines(line)
            case "433" | "436" | "437" | "432" if not self._greeted:
                yield from self._another_nick(line)
            case "001":
                self._greeted = True
                self.nick = line.param(0) or self.nick
                self._check_login()
            case "ERROR":
                self.refusal = of_error(
                    line.text, self._server, has_password=bool(self._login.server_password)
                )
            case command if command in REGISTERED and self._greeted:
                self.done = True
            case _ if not self.learned(line) and not self._greeted:
                self.refusal = self._dialect.refusal(line) or of_registration(
                    line, self._server, has_password=bool(self._login.server_password)
                )

    def _login_lines(self, line: Line) -> Iterator[str]:
        match line.command:
            case "AUTHENTICATE":
                for piece in sasl.pieces(self._login.answer):
                    yield f"AUTHENTICATE {piece}"
            case "903" | "907":
                self._logs_in = False
                yield from self._end_negotiation()
            case _:
                self._not_logged_in(as_sentence(line.text))

    def _capabilities(self, line: Line) -> Iterator[str]:
        names = line.text.split()
        match line.param(1).upper():
            case "LS":
                self._offered.update(_offer(name) for name in names)
                if line.param(2) != "*":  # else there are more lines
                    yield from self._ask()
            case "ACK":
                for name in names:
                    self.capabilities.add(name.lstrip("-~="))
                    self._unanswered.discard(name.lstrip("-~="))
                yield from self._answered()
            case "NAK":
                if len(names) > 1:
                    # All were refused because of one.
                    yield from (f"CAP REQ {name}" for name in names)
                else:
                    self._unanswered.difference_update(names)
                    yield from self._answered()
            case "NEW":
                self._offered.update(_offer(name) for name in names)
            case "DEL":
                self.capabilities.difference_update(names)

    def _ask(self) -> Iterator[str]:
        wanted = [name for name in self._dialect.capabilities if name in self._offered]
        # An echo without its label could be of any message.
        if "labeled-response" not in wanted:
            wanted = [name for name in wanted if name != "echo-message"]
        if not self._logs_in:
            wanted = [name for name in wanted if name != "sasl"]
        elif "sasl" not in wanted:
            self._check_login()
            return
        if not wanted:
            yield from self._end_negotiation()
            return
        self._unanswered = set(wanted)
        yield f"CAP REQ :{' '.join(wanted)}"

    def _answered(self) -> Iterator[str]:
        if self._unanswered:
            return
        if not self._logs_in:
            yield from self._end_negotiation()
        elif "sasl" not in self.capabilities:
            self._check_login()
        elif not self._has_mechanism():
            self._refuse(
                FailureKind.REFUSED,
                f"{self._server} knows no SASL {self._login.mechanism}, only "
                f"{self._offered['sasl'].replace(',', ', ')}; "
                + (
                    "log in with a certificate"
                    if self._login.mechanism == sasl.PLAIN
                    else "log in with a password"
                ),
            )
        else:
            yield f"AUTHENTICATE {self._login.mechanism}"

    def _has_mechanism(self) -> bool:
        known = self._offered.get("sasl", "")
        return not known or self._login.mechanism in known.upper().split(",")

    def _end_negotiation(self) -> Iterator[str]:
        if self._negotiates:
            self._negotiates = False
            yield "CAP END"

    def _check_login(self) -> None:
        if self._logs_in:
            # Where the services of a network are away for a moment, so is SASL.
            self._refuse(
                FailureKind.UNREACHABLE,
                f"{self._server} offers no SASL at the moment, and the bot is to log in; a server "
                "without it may take a password as server_password",
            )

    def _not_logged_in(self, said: str) -> None:
        who = self._login.account or self._login.nick
        remedy = (
            "correct account and password"
            if self._login.mechanism == sasl.PLAIN
            else "tell the network's services of the certificate"
        )
        self._refuse(
            FailureKind.UNAUTHORIZED,
            f"{self._server} did not let the bot log in as {who} ({said}); {remedy}",
        )

    def _another_nick(self, line: Line) -> Iterator[str]:
        if line.command == "432":
            self._refuse(
                FailureKind.REFUSED,
                f"{self._server} does not allow the nick {self.nick} ({as_sentence(line.text)}); "
                "choose another nick",
            )
            return
        try:
            self.nick = next(self._nicks)
        except StopIteration:
            self._refuse(
                FailureKind.UNREACHABLE,
                f"{self._login.nick} and all nicks that were tried instead are in use "
                f"({as_sentence(line.text)}); choose another nick",
                IN_USE,
            )
        else:
            yield written("NICK", self.nick)

    def _refuse(self, kind: FailureKind, sentence: str, retry_after: float | None = None) -> None:
        self.refusal = Refusal(kind, sentence, retry_after)


def alternatives(nick: str) -> Iterator[str]:
    """Yield a nick, and what is tried where that is in use.

    Most servers cut a nick that is too long without a word, and may so make it the one that was in
    use: later ones fit into the shortest limit that there is.
    """
    yield nick
    yield f"{nick}_"
    yield f"{nick}__"
    stem = nick[: SHORTEST_LIMIT - 1].rstrip("_") or nick[: SHORTEST_LIMIT - 1]
    for number in range(1, MOST_NICKS - 2):
        yield f"{stem}{number}"


# Private


def _offer(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name.lstrip("-~="), value
