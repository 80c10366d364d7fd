"""Why a server does not want the bot, as one sentence and whose fault it is.

Owns what numerics and the words of ERROR mean.  Does not own the network below.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from meshvisor.features.irc.wire.message import Line
from meshvisor.shared.protocol.fields import as_sentence
from meshvisor.shared.protocol.from_worker import FailureKind

THROTTLED: Final = 60.0
"""Seconds to stay away from a server that has been asked too often and does not say for how long:
most count connects within a minute."""

IN_USE: Final = 30.0
"""Seconds until a nick, or a place in a full channel, may be free."""

_THROTTLE: Final = re.compile(
    r"throttl|re-?connect(ing)? too (fast|quick)|\(re\)connect too fast|too many (re)?connections?"
    r" from|connection limit|try again later|too many host connections|session limit",
    re.IGNORECASE,
)

_BANNED: Final = re.compile(
    r"\b[gkzdq][- ]?:?lined?\b|\bbanned\b|\bblacklist|dnsbl|not authori[sz]ed|not welcome|"
    r"access denied|unauthori[sz]ed connection",
    re.IGNORECASE,
)

_PASSWORD: Final = re.compile(
    r"\b(bad|invalid|incorrect|wrong|mismatch\w*)\b.*\bpass", re.IGNORECASE
)

_SPAN: Final = r"(\d{1,6})\s*(?:more\s+)?(s|secs?|seconds?|m|mins?|minutes?)\b"

_SPAN_OF_TIME: Final = re.compile(_SPAN, re.IGNORECASE)

_ASKS: Final = r"\b(?:wait|again|retry|re-?connect|re-?connecting|come back)\b"

_ASKED: Final = re.compile(
    rf"{_ASKS}[^.;:()\[\]\d]{{0,30}}{_SPAN}|\b{_SPAN}[^.,;:()\[\]]{{0,30}}{_ASKS}",
    re.IGNORECASE,
)
"""A span of time in the part of a sentence that asks to come back after it."""


class Refusal(msgspec.Struct, frozen=True):
    """One attempt has failed."""

    kind: FailureKind
    sentence: str
    retry_after: float | None = None
    """Seconds; None: the server does not say."""


def asked_wait(text: str) -> float | None:
    """Return the seconds that a sentence asks to wait for; None: it names none.

    Times of anything else ("Ping timeout: 245 seconds") are none, except where a server throttles.
    """
    found = _ASKED.search(text)
    if found is None and _THROTTLE.search(text):
        found = _SPAN_OF_TIME.search(text)
    if found is None:
        return None
    number, unit = (part for part in found.groups() if part is not None)
    return float(number) * (60 if unit.lower().startswith("m") else 1)


def of_error(text: str, server: str, *, has_password: bool) -> Refusal:
    """Return what an ERROR means that a server closes the connection with before it let the bot in.

    There are no codes in it: every server has words of its own.

    Args:
        text: of the line.
        server: its name, for the sentence.
        has_password: whether the bot has said a password to the server; so below.
    """
    said = f"{server} has closed the connection: {as_sentence(text) or 'it does not say why'}"
    if _THROTTLE.search(text):
        return Refusal(FailureKind.UNREACHABLE, said, asked_wait(text) or THROTTLED)
    if _PASSWORD.search(text):
        return Refusal(FailureKind.UNAUTHORIZED, f"{said}; {_password_advice(has_password)}")
    if _BANNED.search(text):
        return Refusal(FailureKind.REFUSED, said)
    return Refusal(FailureKind.UNREACHABLE, said, asked_wait(text))


def of_registration(line: Line, server: str, *, has_password: bool) -> Refusal | None:
    """Return what a numeric means before the bot was let in; None: it is no refusal."""
    said = as_sentence(line.text) or "no reason given"
    match line.command:
        case "464":
            wanted = "another password" if has_password else "a password"
            return Refusal(
                FailureKind.UNAUTHORIZED,
                f"{server} wants {wanted} ({said}); {_password_advice(has_password)}",
            )
        case "465" | "463" | "466":
            return Refusal(FailureKind.REFUSED, f"{server} does not let the bot in: {said}")
    return None


_CHANNEL: Final = {
    "403": (FailureKind.REFUSED, "there is no channel {0} on this server", None),
    "405": (FailureKind.REFUSED, "the bot is in as many channels as it may be", None),
    "437": (FailureKind.UNREACHABLE, "{0} is not available for the moment", IN_USE),
    "448": (FailureKind.REFUSED, "{0} is not allowed on this server", None),
    "470": (FailureKind.REFUSED, "the bot is sent from {0} to another channel", None),
    "471": (FailureKind.UNREACHABLE, "{0} is full", IN_USE),
    "473": (FailureKind.REFUSED, "{0} is for invited people only", None),
    "474": (FailureKind.REFUSED, "the bot is banned from {0}", None),
    "475": (
        FailureKind.REFUSED,
        "{0} has a key, and the bot has {1}; say it in keys of the account",
        None,
    ),
    "476": (FailureKind.REFUSED, "{0} is no name of a channel on this server", None),
    "477": (FailureKind.REFUSED, "{0} is for people who are logged in only", None),
    "479": (FailureKind.REFUSED, "{0} is no name of a channel on this server", None),
    "480": (FailureKind.REFUSED, "{0} does not let the bot in", None),
    "489": (FailureKind.REFUSED, "{0} is for people with TLS only", None),
    "519": (FailureKind.REFUSED, "{0} is for operators of the network only", None),
    "520": (FailureKind.REFUSED, "{0} is for operators of the network only", None),
}

CHANNEL_ERRORS: Final = frozenset(_CHANNEL)
"""Numerics that answer a JOIN, with the channel behind the nick."""


def of_join(line: Line, channel: str, *, has_key: bool) -> Refusal:
    """Return what one of `CHANNEL_ERRORS` means for a bot that has said a key or none."""
    kind, sentence, wait = _CHANNEL[line.command]
    said = as_sentence(line.text)
    words = sentence.format(channel, "another one" if has_key else "none")
    return Refusal(kind, f"{words}{f' ({said})' if said else ''}", wait)


# Private


def _password_advice(has_password: bool) -> str:
    if has_password:
        return "correct server_password of the account"
    return "give the mesh an account with server_password"
