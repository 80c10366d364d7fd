"""One line of IRC: tags, source, command and parameters (RFC 1459, 2.3; IRCv3 message tags).

Owns taking lines apart and putting them together.  What comes from a server is foreign: anything
can be read, nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

NO_TAGS: Final[Mapping[str, str]] = MappingProxyType({})

_ESCAPED: Final = {"\\:": ";", "\\s": " ", "\\\\": "\\", "\\r": "\r", "\\n": "\n"}

_ESCAPES: Final = {character: escaped for escaped, character in _ESCAPED.items()}

_SPECIAL: Final = re.compile(r"[; \\\r\n]")

_ESCAPE: Final = re.compile(r"\\(.?)", re.DOTALL)

_BREAKS: Final = re.compile(r"[\r\n\0]+")


class Source(msgspec.Struct, frozen=True):
    """Who has sent a line: `nick!user@host`, or the name of a server."""

    nick: str
    """Or the server."""
    user: str = ""
    host: str = ""

    @property
    def mask(self) -> str:
        """`user@host`; of a server nothing."""
        return f"{self.user}@{self.host}" if self.user or self.host else ""

    def __str__(self) -> str:
        """Return it as it stands in a line."""
        user = f"!{self.user}" if self.user else ""
        host = f"@{self.host}" if self.host else ""
        return f"{self.nick}{user}{host}"


class Line(msgspec.Struct, frozen=True):
    """One line from a server."""

    command: str
    """In capitals, or three digits."""
    params: tuple[str, ...] = ()
    source: Source = Source("")
    tags: Mapping[str, str] = NO_TAGS

    def param(self, index: int) -> str:
        """Return a parameter; empty: there is none."""
        try:
            return self.params[index]
        except IndexError:
            return ""

    @property
    def text(self) -> str:
        """The last parameter, which people can read as a rule."""
        return self.params[-1] if self.params else ""


def parse(text: str) -> Line | None:
    """Take a line apart; None: there is no command in it."""
    tags, source = NO_TAGS, Source("")
    if text.startswith("@"):
        written, _, text = text[1:].partition(" ")
        tags = _parse_tags(written)
        text = text.lstrip(" ")
    if text.startswith(":"):
        prefix, _, text = text[1:].partition(" ")
        source = parse_source(prefix)
        text = text.lstrip(" ")
    head, colon, trailing = text.partition(" :")
    command, *params = head.split(" ")
    if not command:
        return None
    params = [param for param in params if param]
    if colon:
        params.append(trailing)
    return Line(command.upper(), tuple(params), source, tags)


def parse_source(prefix: str) -> Source:
    """Take a source apart.  A nick has neither `!` nor `@`; a user name may have anything."""
    name, at, host = prefix.rpartition("@")
    if not at:
        name, host = prefix, ""
    nick, _, user = name.partition("!")
    return Source(nick, user, host)


def written(command: str, *params: str, tags: Mapping[str, str] = NO_TAGS) -> str:
    """Put a line together, without its end.

    The last parameter may have blanks and be empty.  What would end the line or begin another one
    becomes a blank: the author of a text must not choose a command.
    """
    words = [command, *params[:-1]]
    if params:
        last = params[-1]
        needs_colon = not last or " " in last or last.startswith(":")
        words.append(f":{last}" if needs_colon else last)
    line = _BREAKS.sub(" ", " ".join(words))
    if not tags:
        return line
    return f"@{';'.join(_written_tag(*tag) for tag in tags.items())} {line}"


# Private


def _parse_tags(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for tag in text.split(";"):
        key, _, value = tag.partition("=")
        if key:
            found[key] = _ESCAPE.sub(_unescaped, value) if "\\" in value else value
    return found


def _unescaped(found: re.Match[str]) -> str:
    # An unknown escape is the character itself, and a backslash at the end nothing.
    return _ESCAPED.get(found[0], found[1])


def _written_tag(key: str, value: str) -> str:
    escaped = _SPECIAL.sub(lambda found: _ESCAPES[found[0]], value.replace("\0", ""))
    return f"{key}={escaped}" if escaped else key
