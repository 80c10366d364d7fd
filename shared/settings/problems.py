"""Wrong settings in words: what was found, what is allowed, what was probably meant.

Owns the sentences.  Does not own finding what is wrong (pydantic does) nor where it stands.
Imported by every start, so everything that only a wrong setting needs is imported late.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from meshvisor.shared.feature import WITHOUT
from meshvisor.shared.settings.location import MISSING, Location, find, name_of
from meshvisor.shared.wording import Wording

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

AT: Final = Wording("settings.at", "{where}: {name} is {found}; allowed: {allowed}")
MISSING_AT: Final = Wording("settings.missing", "{where}: {name} is missing; allowed: {allowed}")
UNKNOWN_AT: Final = Wording("settings.unknown", "{where}: unknown setting {name}; {hint}")
KNOWN: Final = Wording("settings.known", "known here: {names}")
"""Behind where it stands, as `Problem` writes it: that is what the pages see, and recognize."""

FOUND_LENGTH: Final = 60
"""Characters of a wrong value that are shown; a line of output has room for the rest."""

NEAR: Final = 0.7
"""How alike (0 to 1) a setting must be to be suggested."""


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with the settings."""

    source: str
    """The file, or the name of a variable."""
    text: str
    line: int | None = None
    """In the file; None: it concerns the file as a whole, or a variable."""

    def __str__(self) -> str:
        """One line for people."""
        where = self.source if self.line is None else f"{self.source}:{self.line}"
        return "".join(map(_visible, f"{where}{_BEHIND}{self.text}"))


_BEHIND: Final = ": "


def _visible(character: str) -> str:
    # Names and values come from anywhere, and a terminal obeys what it is shown.
    return character if character.isprintable() else ascii(character)[1:-1]


def describe(error: ErrorDetails, data: dict[str, Any]) -> str:
    """Return one sentence about what pydantic found wrong in `data`."""
    if not error["loc"]:
        return f"the settings cannot be read: {error['msg']}"
    location, found = find(data, error["loc"])
    name = name_of(location)
    if error["type"] == "extra_forbidden":
        return _unknown(location)
    if found is MISSING:
        return _said(MISSING_AT, name=name, allowed=_allowed(location))
    if error["type"] == "value_error":
        reason = str(error["ctx"]["error"])
        return f"{name} is {shown(found)}; it {reason}" if reason.startswith("must") else reason
    return _said(AT, name=name, found=shown(found), allowed=_allowed(location))


def shown(value: Any) -> str:
    """Return a value as it is written in the file, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= FOUND_LENGTH else f"{text[:FOUND_LENGTH]}…"


# ---- What is allowed -----------------------------------------------------------------------------


def _allowed(location: Location) -> str:
    from meshvisor.shared.settings.schema import allowed_at

    return allowed_at(location)


def _said(wording: Wording, **fields: str) -> str:
    """Return a sentence without where it stands, which `Problem` knows."""
    return wording(where="", **fields).removeprefix(_BEHIND)


def _unknown(location: Location) -> str:
    from meshvisor.shared.near_names import did_you_mean
    from meshvisor.shared.settings.schema import known_names, owner_left_out

    *table, key = location
    if (owner := owner_left_out(location)) is not None:
        what = f"setting {name_of(location)}" if table else f"section [{key}]"
        return f"unknown {what}; it belongs to the feature {owner}, which is left out ({WITHOUT})"
    siblings = known_names(tuple(table))
    everywhere = [
        f"{section}.{name}" for section in known_names(()) for name in known_names((section,))
    ]
    wanted = str(key)
    guess = _nearest(wanted, siblings) or _nearest(wanted, everywhere)
    if guess:
        return _said(UNKNOWN_AT, name=name_of(location), hint=did_you_mean([guess]))
    return _said(UNKNOWN_AT, name=name_of(location), hint=KNOWN(names=", ".join(siblings)))


def _nearest(wanted: str, names: Iterable[str]) -> str | None:
    from meshvisor.shared.near_names import near_names

    # By the last part too, so that a name in the wrong section finds the right one; and without
    # case and underscores, so that the camelCase of other configuration files does.
    plain = {_plain(name): name for name in names}
    plain |= {_plain(name.rpartition(".")[2]): name for name in plain.values()}
    matches = near_names(_plain(wanted), plain, likeness=NEAR)
    return plain[matches[0]] if matches else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
