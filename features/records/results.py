"""What requests about records return: the JSON that `--json` prints (docs/cli.md).

Owns the shapes, by the rules of `shared.control.results`.
"""

from __future__ import annotations

from typing import Any

from meshvisor.shared.control.results import Result


class RecordInfo(Result):
    """A record without its document."""

    key: str
    size: int | None = None
    """Bytes of the document as JSON; None: it is computed."""
    computed: bool = False
    """Whether it is made of other tables when it is asked for."""
    created_at: str
    updated_at: str
    used_at: str | None = None
    """When it was last written or asked for, to the day; None: it is computed."""


class Record(RecordInfo):
    """Answer to `records_show`."""

    document: dict[str, Any]


class RecordList(Result):
    """Answer to `records_list`."""

    records: tuple[RecordInfo, ...]
    more: bool
    """Whether there are more than were asked for."""
