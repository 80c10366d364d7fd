"""What ends the code of an action before it has ended by itself.

Owns the exceptions that travel through the code of plug-ins, and how they are found again when it
has wrapped them.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Iterator

from meshvisor.features.jobs.model.action import LONGEST_TIMEOUT
from meshvisor.features.jobs.model.job import MAX_ERROR, MAX_KEY, MAX_TRACEBACK
from meshvisor.worker.json_values import sendable


class ActionCancelled(BaseException):
    """Leaves the action at an item, because the job has to stop.

    No `Exception`, so that the usual `except Exception` around an item does not swallow it;
    `finally` runs.
    """


class RateLimited(Exception):  # noqa: N818 - reads as what it says: raise RateLimited(30)
    """An external service wants a pause; the job, and what shares its key, waits.

    Args:
        retry_after: seconds, at most a week.  Less than one is no pause: the first are as short,
            each further one in a row is twice as long, and after eight of them without an item
            between the attempt has failed.
        key: who shares the limit; None: what the action declares as `rate_limit`.

    Raises:
        ValueError: `retry_after` is no such number, or `key` no text of up to 200 characters.
    """

    def __init__(self, retry_after: float, key: str | None = None) -> None:
        if isinstance(retry_after, bool) or not isinstance(retry_after, int | float):
            raise ValueError(f"retry_after is {retry_after!r}; it must be a number of seconds")
        if math.isnan(retry_after) or retry_after < 0:
            raise ValueError(f"retry_after is {retry_after!r}; it must be 0 or more seconds")
        if key is not None and not _is_short_text(key):
            raise ValueError(f"the key of a rate limit is {key!r:.60}; it must be a short text")
        super().__init__(f"a rate limit asks for a pause of {retry_after:g} s")
        self.retry_after = min(float(retry_after), LONGEST_TIMEOUT)
        self.key = key

    def __reduce__(self) -> tuple[type[RateLimited], tuple[float, str | None]]:
        return RateLimited, (self.retry_after, self.key)


class GiveUp(Exception):  # noqa: N818 - reads as what it says: raise GiveUp("no such code")
    """The job cannot succeed, however often it is tried: it fails at once, with this text."""


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the error itself, or those that a group of them holds."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from leaves(part)
    else:
        yield error


def rate_limit(error: BaseException) -> RateLimited | None:
    """Return the longest pause when `error` is nothing but rate limits, else None."""
    limits = [leaf for leaf in leaves(error) if isinstance(leaf, RateLimited)]
    if not limits or len(limits) != sum(1 for _ in leaves(error)):
        return None
    return max(limits, key=lambda limit: limit.retry_after)


def sentence(error: BaseException) -> str:
    """Return an error as one line of at most `MAX_ERROR` characters, without half characters."""
    first, *others = leaves(error)
    text = line(first)
    if not isinstance(first, GiveUp) and text != type(first).__name__:
        text = f"{type(first).__name__}: {text}".removesuffix(": ")
    if others:
        text = f"{text} (and {len(others)} more)"
    return cut(text)


def traceback_of(error: BaseException) -> str:
    """Return an error with the lines of code that it came through, its end if that is long."""
    try:
        text = "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001 - __str__ of a plug-in's exception may raise anything
        text = "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__
    left_out = len(text) - MAX_TRACEBACK
    return sendable(text if left_out <= 0 else f"…{text[left_out + 1 :]}").strip()


def line(value: object) -> str:
    """Return what a plug-in calls an error as one line that can be sent."""
    try:
        text = str(value)
    except Exception:  # noqa: BLE001 - __str__ of a plug-in's exception may raise anything
        text = type(value).__name__
    return cut(" ".join(text.split()))


def cut(text: str) -> str:
    """Return an error that can be sent: at most `MAX_ERROR` characters, and no half ones."""
    return sendable(text if len(text) <= MAX_ERROR else f"{text[: MAX_ERROR - 1]}…")


def _is_short_text(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= MAX_KEY
