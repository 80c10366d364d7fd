"""Addresses of channels: URLs as the library apprise has them, which hold passwords and tokens.

Owns what can be said of one without that library, which only the runner that delivers loads: its
scheme, what in it is secret, and how it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

EXAMPLE: Final = '"mailtos://user:password@mail.example.org?to=ann@example.org"'

HIDDEN: Final = "********"

LONGEST: Final = 4096
"""Characters of a URL."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://.+", re.DOTALL)

SHORTEST: Final = 4
"""Characters of a part that is removed from texts; what is shorter may be any word."""


def scheme(url: str) -> str:
    """Return the scheme of an address in small letters; empty: it has none."""
    found = _SCHEME.fullmatch(url)
    return found[1].lower() if found else ""


def check_address(url: str) -> str:
    """Return an address.

    Raises:
        ValueError: it is none; the message is one sentence that does not hold it.
    """
    name = scheme(url)
    if not name or not url.isprintable() or len(url) > LONGEST:
        raise ValueError(f"must be the URL of a service, such as {EXAMPLE}")
    known = schemes()
    if name not in known:
        from meshvisor.shared.near_names import LOOSE, NEAREST, did_you_mean, near_names

        near = did_you_mean([f"{one}://" for one in near_names(name, known, NEAREST, LOOSE)])
        raise ValueError(f"must begin like the URL of a service, not {name}://; {near or EXAMPLE}")
    return url


def shown(url: str) -> str:
    """Return what may be shown of an address: in some, the name of the host is a token."""
    return f"{scheme(url) or '?'}://{HIDDEN}"


def secret_parts(url: str) -> Iterator[str]:
    """Yield what must not be shown: the address, and what passes for secrets in it."""
    if not url:
        return
    yield url
    for part in _named_parts(url) if scheme(url) in _PLAIN_HOSTS else _all_parts(url):
        for text in {part, unquote(part)}:
            if len(text) >= SHORTEST and text not in _WORDS:
                yield text


def without(text: str, url: str) -> str:
    """Return a text without the secrets of an address, such as the error of a service."""
    for part in sorted(secret_parts(url), key=len, reverse=True):
        text = text.replace(part, HIDDEN)
    return text


def schemes() -> frozenset[str]:
    """Return the schemes that the library knows, as the list beside this module has them."""
    lines = Path(__file__).with_name("schemes.txt").read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


# Private

_WORDS: Final = frozenset({"http", "https", "true", "false", "localhost", "html", "text"})

_PLAIN_HOSTS: Final = frozenset(
    {"json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos"}
)
"""Schemes in which the host is the name of a machine, which helps to understand an error."""

_NO_SECRETS: Final = frozenset({"to", "cc", "bcc", "from", "name", "smtp", "mode", "format"})
"""What a query of such a URL has that is not secret."""


def _all_parts(url: str) -> Iterator[str]:
    yield from re.split(r"[/?&=@:,#]", url.partition("://")[2])


def _named_parts(url: str) -> Iterator[str]:
    """Yield all but the host and what is not secret."""
    body, _, query = url.partition("://")[2].partition("?")
    account, has_account, place = body.rpartition("@")
    if has_account:
        yield from account.split(":")
    yield from place.split("/")[1:]
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name not in _NO_SECRETS:
            yield value
