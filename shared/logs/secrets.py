"""Secrets in text that is about to be shown: the second line, behind not showing them at all.

Owns which secrets this process knows and what a secret looks like.  Called for every record by
`supervisor.logs.records`, where the records of workers and runners arrive, too; for the head of a
frame that is corrupt, and for the file about a bug.  Children load it only for such a frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic import SecretStr

MASK: Final = "***"

SHORTEST: Final = 12
"""Characters; what is shorter may be an ordinary word, and tokens are longer."""

MOST: Final = 256
"""Secrets remembered: those of many accounts; tokens are renewed now and then, and the newest
count."""

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

_WORDS: Final = "token|secret|passw|auth|key|ssaid"
_NAMES: Final = "|".join(
    rf"{quote}[^{quote}\n]{{0,80}}(?:{_WORDS})[^{quote}\n]{{0,80}}{quote}" for quote in "\"'"
)
_VALUE: Final = r"(?P<quote>[\"'])(?:\\.|(?!(?P=quote))[^\\\n])*(?P=quote)?"
_FIELD: Final = rf"(?P<name>(?:{_NAMES})\s*:\s*){_VALUE}"
"""A field of a JSON document or of a dict that is one, whatever its value looks like; the text may
have been cut within the value.  Compiled when it is needed, which is when something is broken."""

_ACCOUNT: Final = r"(?<=://)[^\s'\"]{1,256}@"
"""Name and password in an address, whatever the password looks like."""

_OPTION: Final = re.compile(
    r"""((?<!\S)--?[\w-]*(?:token|secret|passw|passphrase|pwd|api[_-]?key|credential)[\w-]*"""
    r"""(?<!-file)(?<!-path)(?<!-stdin)(?<!-env)(?<!-command))(\s+|=)(?![-\s])"""
    r"""(?:"[^"]*"|'[^']*'|\S+)""",
    re.IGNORECASE,
)
"""An option that is called like a secret, and its value, in a line that a shell would take."""

_ASSIGNED: Final = re.compile(
    r"""((?<![\w-])[\w-]{0,64}?(?:token|secret|passw|passphrase|pwd|api[_-]?key|credential)[\w-]{0,64}"""
    r"""(?<![_-]file)(?<![_-]path)["']?(?:=|:(?!//)\s{0,4}))(?:"[^"]*"|'[^']*'|[^\s&;'"]+)""",
    re.IGNORECASE,
)
"""A variable, a field of an address or a header that is called like a secret, and its value."""

_AUTHORIZATION: Final = re.compile(
    r"""(\b(?:authorization|cookie)\s{0,4}:\s{0,4})[^'"\n]+""", re.IGNORECASE
)
"""Such a header to its end: what is secret may stand behind a scheme."""

_known: dict[str, None] = {}


def remember(secrets: Iterable[SecretStr | str | None]) -> None:
    """Mask these from now on, wherever they stand in a record."""
    for secret in secrets:
        value = secret if isinstance(secret, str | None) else secret.get_secret_value()
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


def command_without_secrets(words: Iterable[str]) -> list[str]:
    """Return the words of a command line with masks in place of secrets.

    Also of what an option is given that is called like one: `--password x`, `--api-key=x`, and the
    same within a word that a shell is to read; of variables and fields, `TOKEN=x`, and of headers.
    A letter, such as `-p`, may mean anything.
    """
    shown: list[str] = []
    for word in words:
        before = shown[-1] if shown else ""
        if _OPTION.fullmatch(f"{before} x") and not word.startswith("-"):
            shown.append(MASK)
        else:
            masked = _OPTION.sub(rf"\1\2{MASK}", word)
            for pattern in (_AUTHORIZATION, _ASSIGNED):
                masked = pattern.sub(rf"\1{MASK}", masked)
            shown.append(without_secrets(masked))
    return shown


def without_any_secret(text: str) -> str:
    """Return a text with masks for all that could be one: what hides too much does no harm here.

    For documents and tracebacks, in which a secret may be short and hold blanks.
    """
    text = re.sub(_FIELD, rf"\g<name>\g<quote>{MASK}\g<quote>", text, flags=re.IGNORECASE)
    return without_secrets(re.sub(_ACCOUNT, f"{MASK}@", text))
