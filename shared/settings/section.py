"""How a section of the settings is declared, by the kernel and by features.

Owns the form that all sections have and what their owner says about each.  Does not own any
setting (`shared.settings.kernel` and `settings.py` of each feature), nor how sections become one
whole (`shared.settings.model`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from pydantic import BaseModel, ConfigDict

from meshvisor.shared.settings.location import Location

ALL: Final = ("",)
"""For `needs_restart`: every setting of the section."""


class Section(BaseModel):
    """Base of all sections: frozen, and nothing unknown is passed over."""

    # inf and nan are valid TOML, and no limit of ours survives a comparison with nan.
    # Deferred: all sections are checked by the whole, so that few need a validator of their own.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


Check = Callable[[Any], Iterable[tuple[Location, str]]]
"""Given all settings (`shared.settings.model.Settings`), tells where something does not fit the
rest, and why."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A section that stands in the file once, like `[jobs]`.

    A feature that requires another one may add to a section of it: it names the same section with
    a model that inherits the other's.
    """

    model: type[Section]
    position: int
    """Its place among the sections, in every list and in a new settings file."""
    needs_restart: tuple[str, ...] = ()
    """Settings that are read once, at the start of a supervisor; `ALL`: every one."""


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """A section that stands in the file as often as one likes, like `[[lanes]]`."""

    model: type[Section]
    """Of each entry."""
    position: int
    """As of `Table`."""
    key: str
    """The setting that tells the entries apart."""
    one: str
    """What an entry is, for people: `lane`."""
    read: Callable[[object], object] | None = None
    """Reads an entry that is no table; None: all are tables."""
    is_last: bool = False
    """Whether it stands at the end of a new settings file: entries are appended there."""
    check: Check | None = None
    """Looks at the entries beside the other sections; None: they depend on none."""


class NamedTables(msgspec.Struct, frozen=True, kw_only=True):
    """A section of tables that each have a name, like `[accounts.irc]`.

    What an entry says beyond the settings of its model, if that allows any, is secret text.
    """

    model: type[Section]
    """Of each entry."""
    position: int
    """As of `Table`."""
    one: str
    """What an entry is, for people: `account`."""
    check: Check | None = None
    """As of `Tables`."""
