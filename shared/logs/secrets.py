"""Secrets in text that is about to be logged: the second line, behind not logging them at all.

Owns which secrets this process knows and what a secret looks like.  Called for every record by
`supervisor.logs.records`, where the records of workers and runners arrive, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from pydantic import SecretStr

MASK: Final = "***"

SHORTEST: Final = 12
"""Characters; what is shorter may be an ordinary word, and tokens are longer."""

MOST: Final = 64
"""Secrets remembered; tokens are renewed now and then, and the newest count."""

_PATTERNS: Final = (
    # "authToken": "…", api_key=…, password: …
    (
        ("token", "secret", "passw", "api", "signing", "ssaid"),
        re.compile(
            r"""((?:token|secret|passw(?:or)?d|api[_-]?key|signing[_-]?key|ssaid)[\w-]{0,32}\\?"""
            r"""["']?\s{0,4}[:=]\s{0,4}\\?["']?)(?!\*\*\*)[^\s"'\\,;&}\])]{4,}""",
            re.IGNORECASE,
        ),
    ),
    (
        ("bearer", "basic"),
        re.compile(r"(\b(?:bearer|basic)\s{1,4})(?!\*\*\*)[\w.~+/=:-]{16,}", re.IGNORECASE),
    ),
    # mongodb://user:password@host
    (("://",), re.compile(r"(://[^\s/@:\"']{0,128}:)(?!\*\*\*)[^\s/@\"']{1,256}(?=@)")),
)
"""Words in lower case, without which a pattern finds nothing, and the pattern: every record passes
here, and looking for words takes a hundredth of the time.  The patterns are bounded in what stands
before the secret, so that no text takes them long."""

_known: dict[str, None] = {}


def remember(secrets: Iterable[SecretStr | str | None]) -> None:
    """Mask these from now on, wherever they stand in a record."""
    for secret in secrets:
        value = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
        if value and len(value) >= SHORTEST:
            _known.pop(value, None)
            _known[value] = None
    while len(_known) > MOST:
        del _known[next(iter(_known))]


def without_secrets(text: str) -> str:
    """Return a text with a mask for each secret that is known or looks like one."""
    for secret in _known:
        if secret in text:
            text = text.replace(secret, MASK)
    lower = text.lower()
    for words, pattern in _PATTERNS:
        if any(word in lower for word in words):
            text = pattern.sub(rf"\1{MASK}", text)
    return text
