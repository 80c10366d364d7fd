"""How an event is worded as a notification: its words, how bad it is, what it ends.

Owns the form in which the lists of kinds say so (`EventKind.notice`).  Does not own who is
notified, where and when; a feature that delivers notifications reads this and needs no name of
another one.

Texts hold fields of the event in braces: `{subject}`, `{mesh_id}`, `{actor}`, and those of its
data.  What an event does not say is `-`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

import msgspec

from meshvisor.shared.events.event import Event

SeverityName = Literal["info", "warning", "critical"]

NOT_SAID: Final = "-"

_FIELD: Final = re.compile(r"\{(\w+)\}")


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of event is to people.

    Events of one kind that come together are one notification.
    """

    title: str
    """One of them: `Mesh {subject} has failed`."""
    many: str
    """Several: `{count} meshes have failed`."""
    text: str = ""
    """The details of one event: `{error}`."""
    name: str = "{subject}"
    """What one is called in a list of several."""
    severity: SeverityName = "warning"
    severity_field: str = ""
    """The field of its data that says it in place of `severity`; empty: none does."""
    trouble: str = ""
    """What goes on from then on: `mesh/{subject}`.  It is notified once, until another event ends
    it; empty: nothing goes on."""
    ends: tuple[str, ...] = ()
    """The troubles that this event ends.  It is notified only where there is one of them."""
    is_alert: bool = True
    """Whether it reports something that fails or is over again, which people can turn off; False:
    it is something that they have asked for, such as a report."""
    unless: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Fields of its data, each with the values with which it is not notified."""

    def severity_of(self, event: Event) -> str:
        """Return how bad an event is."""
        said = event.content.get(self.severity_field) if self.severity_field else None
        return str(said) if said in get_args(SeverityName) else self.severity

    def is_told(self, event: Event) -> bool:
        """Say whether an event is one that people are notified of."""
        content = event.content if self.unless else {}
        return all(content.get(name) not in values for name, values in self.unless.items())


def filled(text: str, event: Event) -> str:
    """Return a text with the fields of an event in their places."""
    if "{" not in text:
        return text
    fields: dict[str, Any] = {
        **event.content,
        "subject": event.subject,
        "mesh_id": event.mesh_id,
        "actor": event.actor,
    }

    def value(found: re.Match[str]) -> str:
        said = fields.get(found[1])
        return NOT_SAID if said is None else _shown(said)

    return _FIELD.sub(value, text)


# Private


def _shown(value: Any) -> str:
    """Return a value as people write it: what is counted has no decimals."""
    if isinstance(value, float):
        return str(int(value) if value.is_integer() else round(value, 2))
    return str(value)
