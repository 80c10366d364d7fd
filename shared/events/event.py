"""One event, before and after it is in the log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple


class Cause(NamedTuple):
    """The cause of something, in the form in which events keep it."""

    correlation_id: str
    """Id of the chain: the same in all events that go back to one first cause."""
    causation_id: int | None = None
    """`seq` of the event that it follows from; None: unknown."""
    depth: int = 0
    """How many events stand between it and the first of its chain."""


class NewEvent(NamedTuple):
    """An event that is to be appended."""

    at: int
    """Epoch milliseconds."""
    kind: str
    """Its name, see `kind.EventKind`."""
    subject: str | None = None
    """What it is about: the id of a job, of a user, of a mesh."""
    mesh_id: str | None = None
    """The mesh in which it happened; None: in none."""
    actor: str | None = None
    """Who has done it; None: it happened by itself."""
    data: Mapping[str, Any] = {}
    """What else its kind says."""
    version: int = 1
    """Of the data."""
    correlation_id: str | None = None
    """Id of the chain: the same in all events that go back to one first cause."""
    causation_id: int | None = None
    """`seq` of the event that it follows from."""
    depth: int = 0
    """How many events stand between it and the first of its chain."""

    def after(self, cause: Event) -> NewEvent:
        """Return it as one that follows from an event of the log."""
        chain = cause.correlation_id or str(cause.seq)
        return self._replace(correlation_id=chain, causation_id=cause.seq, depth=cause.depth + 1)

    def under(self, cause: Cause | None) -> NewEvent:
        """Return it with a cause; None: unchanged."""
        return self if cause is None else self._replace(**cause._asdict())

    def row(self) -> tuple[Any, ...]:
        """Return its columns but the first."""
        return (*self[:5], encode(self.data, self.version), *self[7:])


class Event(NamedTuple):
    """An event of the log; the columns of the table in their order."""

    seq: int
    """Its place in the log; later ones are greater, and no number is used twice."""
    at: int
    """Epoch milliseconds.  The clock may be set, so that only `seq` tells which came first."""
    kind: str
    subject: str | None
    mesh_id: str | None
    actor: str | None
    data: str
    """JSON object; `v` is the version that its kind had."""
    correlation_id: str | None
    causation_id: int | None
    depth: int

    @property
    def content(self) -> dict[str, Any]:
        """The data."""
        content: dict[str, Any] = json.loads(self.data)
        return content

    @property
    def is_readable(self) -> bool:
        """Whether the data is what it has to be; it is not where another program has changed it."""
        try:
            return isinstance(json.loads(self.data), dict)
        except (ValueError, RecursionError):
            return False


def encode(data: Mapping[str, Any], version: int = 1) -> str:
    """Return data of an event as the log has it."""
    return json.dumps({"v": version, **data}, ensure_ascii=False, separators=(",", ":"))
