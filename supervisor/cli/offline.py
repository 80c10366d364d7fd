"""Asking a running supervisor, or doing the same on the home itself when none runs.

Owns the choice, and that no supervisor starts meanwhile: without one the lock of the home is held,
and the very same code answers as in a supervisor.  Does not own what that code works on
(`supervisor.cli.directory`, `supervisor.cli.jobs.asking`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from shared.errors import MeshvisorError, NotRunningError
from supervisor.cli.command import Invocation

if TYPE_CHECKING:
    from shared.paths import Home

TIMEOUT: Final = 60.0
"""Seconds for an answer; a database that does not answer has deadlines of its own before that."""

LOCK_PATIENCE: Final = 10.0
"""Seconds that a home may be locked by somebody who does not answer: a start takes one or two."""
LOCK_PAUSE: Final = 0.1
"""Seconds between two tries."""

Answer = Callable[["Home", Any], Awaitable[Any]]
"""Carries a request out on a home without a supervisor, and returns its result."""


def ask(invocation: Invocation, answer: Answer, kind: str, arguments: dict[str, Any]) -> Any:
    """Return the result of a request, whether a supervisor runs or not.

    A supervisor that goes away while it is asked may have done it already; that is an error, and
    nothing is done a second time.

    Raises:
        MeshvisorError: it cannot be done.
    """
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            client = invocation.connect()
        except NotRunningError:
            try:
                return do_without(invocation, answer, kind, arguments)
            except HomeBusyError as error:
                if time.monotonic() > deadline:
                    raise MeshvisorError(str(error)) from None
            # A supervisor that is just starting, or another command like this one.
            time.sleep(LOCK_PAUSE)
            continue
        with client:
            return client.request(kind, timeout=TIMEOUT, **arguments)


def do_without(invocation: Invocation, answer: Answer, kind: str, arguments: dict[str, Any]) -> Any:
    """Return the result of a request to a supervisor that does not run.

    Raises:
        MeshvisorError: it cannot be done, or a supervisor has just started.
    """
    import asyncio  # as long to load as a running supervisor takes to answer

    from supervisor.control.parsing import parse

    request = parse(json.dumps({"id": 0, "type": kind, **arguments}).encode())
    with locked(invocation.home):
        return asyncio.run(_carry_out(answer, invocation.home, request))


class HomeBusyError(Exception):
    """Somebody else has the home at present; the text says who."""


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Have a home for oneself.

    Raises:
        HomeBusyError: a supervisor runs, or another command works on it.
    """
    from supervisor.app import prepare_home
    from supervisor.lock import HomeLock, HomeLockedError

    prepare_home(home)
    lock = HomeLock(home)
    try:
        lock.__enter__()
    except HomeLockedError as error:
        raise HomeBusyError(str(error)) from None
    try:
        yield
    finally:
        lock.__exit__()


# Private


async def _carry_out(answer: Answer, home: Home, request: Any) -> Any:
    return (await answer(home, request)).model_dump(mode="json")
