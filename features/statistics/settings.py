"""`[statistics]`: whether usage is recorded, what of people is, for how long, and where."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal

from pydantic import Field, SecretStr

from meshvisor.shared.settings.section import Section, Table


class StatisticsSettings(Section):
    """`[statistics]`."""

    enabled: bool = True
    """Whether workers count usage."""
    people: Literal["ids", "pseudonyms", "nothing"] = "pseudonyms"
    """What is recorded of users: their ids, names made of them with a secret key, or nothing."""
    keep_days: float = Field(400, ge=1, le=3650)
    """Days that events of usage, and what is known of single users, are kept.  Sums of days name no
    user and stay."""
    uri: SecretStr = SecretStr("")
    """MongoDB to which events may be moved, like mongodb://user:password@host:27017/name.  Empty:
    the one that keeps the directory, if there is one."""


SECTIONS: Final = MappingProxyType({"statistics": Table(model=StatisticsSettings, position=80)})
