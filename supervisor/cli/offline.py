"""Asking a running supervisor, or doing the same on the home itself when none runs.

Owns the choice, and that no supervisor starts meanwhile: without one the lock of the home is held,
and the very same handler answers as in a supervisor.  Does not own what that works on
(`supervisor.control.offline`).
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from meshvisor.shared.errors import MeshvisorError, MissingError, NotRunningError
from meshvisor.supervisor.cli import entries
from meshvisor.supervisor.cli.command import Invocation

if TYPE_CHECKING:
    from meshvisor.shared.control.client import ControlClient
    from meshvisor.shared.paths import Home

TIMEOUT: Final = 60.0
"""Seconds for an answer; a database that does not answer has deadlines of its own before that."""

T = TypeVar("T")


def ask(invocation: Invocation, kind: str, **arguments: Any) -> Any:
    """Return the result of a request, whether a supervisor runs or not.

    Raises:
        MeshvisorError: it cannot be done.
    """
    return choose(
        invocation,
        lambda client: client.request(kind, timeout=TIMEOUT, **arguments),
        lambda: do_without(invocation, kind, arguments),
    )


def choose(
    invocation: Invocation, ask_it: Callable[[ControlClient], T], do_it: Callable[[], T]
) -> T:
    """Return what a supervisor answers, or else what is done without one.

    A supervisor that goes away while it is asked may have done it already; that is an error, and
    nothing is done a second time.

    Args:
        invocation: names the home.
        ask_it: asks the supervisor that runs.
        do_it: does it while none runs; when it raises `HomeBusyError` another process has the home
            for a moment, and both are tried again.

    Raises:
        MeshvisorError: it cannot be done, or the home stays locked.
    """
    began = time.monotonic()
    while True:
        try:
            client = invocation.connect()
        except NotRunningError:
            from meshvisor.shared import home_lock

            try:
                return do_it()
            except HomeBusyError as error:
                if time.monotonic() > began + home_lock.PATIENCE:
                    raise MeshvisorError(str(error)) from None
            # A supervisor that is just starting, or another command like this one.
            time.sleep(home_lock.PAUSE)
            continue
        with client:
            return ask_it(client)


def do_without(invocation: Invocation, kind: str, arguments: dict[str, Any]) -> Any:
    """Return the result of a request to a supervisor that does not run; for `choose`.

    Raises:
        MeshvisorError: it cannot be done.
        HomeBusyError: another process has the home.
    """
    import asyncio  # as long to load as a running supervisor takes to answer

    from meshvisor.shared.control.conversation import not_running

    prepared = entries.load(entries.PREPARE)(kind, arguments)
    if prepared is None:
        raise not_running(invocation.home.root)
    with locked(invocation.home):
        return asyncio.run(prepared.answer(invocation.home))


class HomeBusyError(Exception):
    """Another process has the home at present; the text says which."""


@contextmanager
def locked(home: Home, pause: Callable[[float], None] | None = None) -> Iterator[None]:
    """Have a home for oneself.

    Args:
        home: which one.
        pause: see `shared.home_lock.HomeLock`.

    Raises:
        MissingError: there is no such folder.
        HomeBusyError: a supervisor runs, or another command works on it.
    """
    from meshvisor.shared.home_lock import HomeLock, HomeLockedError
    from meshvisor.shared.prepared_home import prepare_home

    require(home)
    prepare_home(home)
    lock = HomeLock(home, pause)
    try:
        lock.__enter__()
    except HomeLockedError as error:
        raise HomeBusyError(str(error)) from None
    try:
        yield
    finally:
        lock.__exit__()


def require(home: Home) -> None:
    """Refuse a folder that is no home: an operator in the wrong one must not read that it is empty.

    Nor must anything be made there.  An empty folder that is named is about to become a home.

    Raises:
        MissingError: there is no such folder, or it is something else.
    """
    make = f"meshvisor init --home {shlex.quote(str(home.root))}"
    if not home.root.is_dir():
        raise MissingError(
            f"there is no home folder {home.root}; name the right one with --home, or make it: "
            f"{make}"
        )
    if not _is_home(home):
        raise MissingError(
            f"{home.root} is no home, there is no config folder in it; name the right one with "
            f"--home, or make one here: {make}"
        )


# Private


def _is_home(home: Home) -> bool:
    from meshvisor.shared.settings.environment import PREFIX

    if home.config.is_dir() or home.lock_file.exists() or any(home.var.glob("*.db")):
        return True
    if any(name.startswith(PREFIX) for name in os.environ):
        return True  # all settings may be variables
    return home.is_named and not any(home.root.iterdir())
