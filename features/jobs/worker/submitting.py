"""Asking for a new job, from a chat command or from another job.

Owns how what a plug-in says becomes a `Submission`, and what is raised when there will be no job.
Used by `command_context` and `context`, which own the asking.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from meshvisor.features.jobs.messages.submission import Submission, priority_of
from meshvisor.features.jobs.model.job import MAX_ITEMS
from meshvisor.worker.json_values import json_bytes, sendable
from meshvisor.worker.mesh.commands.context import CommandError

PIECE: Final = 512 * 1024
"""Bytes of items in one message, half of what fits a frame."""
LONGEST_CHARACTER: Final = 6
"""Bytes of one in JSON at most: what is not printable is written as an escape."""


class SubmitError(CommandError):
    """There is no new job; the text is one sentence for the caller."""


class Submitted(msgspec.Struct, frozen=True):
    """A job that there is now."""

    job_id: int
    text: str
    """What to say to the person who asked."""
    position: int | None
    """Its place in the queue, 1 for the first; 0: it runs; None: it does not wait for a place."""
    duplicate: bool
    """Whether it was there already, under the same key."""
    differs: tuple[str, ...] = ()
    """In what that one is another job than was asked for: of `action`, `mesh`, `target`, `data`,
    `items`; empty: in nothing."""


def submission(
    action: str,
    items: Iterable[str] | None = None,
    *,
    data: Mapping[str, Any] | None = None,
    **options: Any,
) -> Submission:
    """Return what is asked for, in a form that can be sent.

    Args:
        action: its name.
        items: keys of items; None: the job has none.
        data: handed to the action; None: nothing.
        options: the other fields of `Submission`.

    Raises:
        SubmitError: something cannot be sent.  What can be sent is judged by the supervisor.
    """
    if isinstance(items, str):
        raise SubmitError(f"the items are one text, {items[:40]!r}; write a list of them")
    try:
        keys = None if items is None else tuple(itertools.starmap(_key, enumerate(items)))
        _checked_count(keys)
        fields = {
            **_checked_options(options),
            "action": action,
            "items": keys,
            "data": {} if data is None else json.loads(json_bytes(dict(data))),
        }
        return msgspec.convert(fields, Submission, strict=False)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise SubmitError(f"{where.rstrip('`')}: {what}") from None
    except (TypeError, ValueError) as error:
        raise SubmitError(f"the data of the new job {error}") from None


def in_pieces(wanted: Submission) -> tuple[Submission, list[tuple[str, ...]]]:
    """Return what can be sent in one message, and the items that have to come before it.

    Most fit that message, and none have to.
    """
    pieces: list[tuple[str, ...]] = []
    piece: list[str] = []
    size = 0
    for key in wanted.items or ():
        more = len(key) * LONGEST_CHARACTER + len('"",')
        if size + more > PIECE and piece:
            pieces.append(tuple(piece))
            piece, size = [], 0
        piece.append(key)
        size += more
    if not pieces:
        return wanted, []
    return msgspec.structs.replace(wanted, items=None), [*pieces, tuple(piece)]


def new_token() -> str:
    """Return what names the items of one new job among those of this process."""
    return f"{os.getpid()}-{next(_numbers)}"


# Private


_numbers = itertools.count(1)


def _checked_count(items: tuple[str, ...] | None) -> None:
    if items is not None and len(items) > MAX_ITEMS and len(set(items)) > MAX_ITEMS:
        raise SubmitError(
            f"{len(items):,} items are too many for one job; submit up to {MAX_ITEMS:,} at a time"
        )


def _checked_options(options: Mapping[str, Any]) -> dict[str, Any]:
    for name in options:
        if name not in Submission.__struct_fields__:
            raise SubmitError(f"a job has no option {name!r}")
    try:
        return {**options, "priority": priority_of(options.get("priority"))}
    except ValueError as error:
        raise SubmitError(str(error)) from None


def _key(position: int, key: object) -> str:
    if not isinstance(key, str):
        raise SubmitError(f"items.{position}: Input should be a valid string")
    return sendable(key)
