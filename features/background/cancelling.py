"""Ending a background command: politely, then by force, with all that comes from it."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from typing import Final

from meshvisor.features.background.keeper.tree import descendants, signal_all
from meshvisor.features.background.looking import Found
from meshvisor.features.background.wordings import FOREIGN
from meshvisor.shared.errors import MeshvisorError

AFTER_KILL: Final = 5.0
"""Seconds for a keeper to kill what it keeps, and for the kernel to end what was killed."""


def cancel(found: Found, timeout: float) -> bool:
    """End a command that runs, or what one that crashed has left; say whether it was killed.

    Its PID and status files are removed, its log stays.

    Args:
        found: the command.
        timeout: seconds that it has to end by itself.

    Raises:
        MeshvisorError: it belongs to another user, or does not end.
    """
    if found.runs:
        is_killed = _end(found, timeout)
    else:
        signal_all(found.left, signal.SIGKILL)
        is_killed = True
    for path in (found.files.pid, found.files.status):
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return is_killed


def wait_for(found: Found, timeout: float | None) -> bool:
    """Wait until the keeper of a command has ended; False: it runs still.

    Args:
        found: the command.
        timeout: seconds; None: as long as it takes.
    """
    descriptor = _open(found)
    if descriptor is None:
        return True
    try:
        return _has_ended(descriptor, timeout)
    finally:
        os.close(descriptor)


# Private


def _end(found: Found, timeout: float) -> bool:
    descriptor = _open(found)
    if descriptor is None:
        return False
    try:
        _send(found, descriptor, signal.SIGTERM)
        if _has_ended(descriptor, timeout):
            return False
        # Its keeper knows best what to kill.
        _send(found, descriptor, signal.SIGQUIT)
        if _has_ended(descriptor, AFTER_KILL):
            return True
        kept = descendants(found.status.pid)
        _send(found, descriptor, signal.SIGKILL)
        signal_all(kept, signal.SIGKILL)
        if _has_ended(descriptor, AFTER_KILL):
            return True
        raise MeshvisorError(
            f"the keeper of {found.files.name} (PID {found.status.pid}) was killed and does not "
            "end: the kernel holds it, such as for a disk that does not answer; 'dmesg' may say "
            "more"
        )
    finally:
        os.close(descriptor)


def _open(found: Found) -> int | None:
    """Return a descriptor of the keeper's process; None: it has ended."""
    try:
        descriptor = os.pidfd_open(found.status.pid)
    except ProcessLookupError:
        return None
    # From now on the PID cannot become another's.
    if found.status.identity.lives():
        return descriptor
    os.close(descriptor)
    return None


def _send(found: Found, descriptor: int, number: signal.Signals) -> None:
    try:
        signal.pidfd_send_signal(descriptor, number)
        signal.pidfd_send_signal(descriptor, signal.SIGCONT)  # one that is stopped cannot obey
    except ProcessLookupError:
        pass
    except PermissionError:
        raise MeshvisorError(FOREIGN.said(name=found.files.name, pid=found.status.pid)) from None


def _has_ended(descriptor: int, timeout: float | None) -> bool:
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(None if timeout is None else timeout * 1000))
