"""Asking for a new job, from a chat command or from another job.

Owns how what a plug-in says becomes a `Submission`, and what is raised when there will be no job.
Used by `worker.mesh.commands.context` and `worker.runner.context`, which own the asking.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shared.protocol.submission import Submission
from worker.json_values import json_bytes, sendable


class SubmitError(Exception):
    """There is no new job; the text is one sentence for whoever wanted it."""


@dataclass(frozen=True, slots=True)
class Submitted:
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
        return Submission(
            action=action,
            items=None if items is None else tuple(map(_key, items)),
            data={} if data is None else json.loads(json_bytes(dict(data))),
            **options,
        )
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[0]
        if details["type"] == "value_error":
            raise SubmitError(details["msg"].removeprefix("Value error, ")) from None
        if details["type"] == "extra_forbidden":
            raise SubmitError(f"a job has no option {details['loc'][0]!r}") from None
        where = ".".join(map(str, details["loc"]))
        raise SubmitError(f"{where}: {details['msg']}") from None
    except (TypeError, ValueError) as error:
        raise SubmitError(f"the data of the new job {error}") from None


def _key(key: str) -> str:
    # What is no text is left to the model to refuse, with a sentence of its own.
    return sendable(key) if isinstance(key, str) else key  # type: ignore[redundant-expr]
