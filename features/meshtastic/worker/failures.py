"""Why there is no way to a radio, as one clear sentence and a kind."""

from __future__ import annotations

import errno
import socket
from typing import Final

from meshvisor.features.meshtastic.address import Endpoint
from meshvisor.features.meshtastic.serial_port import BusyError
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import JoinError

OUR_OWN: Final = frozenset(
    {
        *(errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL),
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN),
    }
)
"""Errors of a connect that this machine is to blame for."""

CONNECT_ERRORS: Final = (OSError, UnicodeError)
"""What a connect may raise; UnicodeError comes from host names that cannot be encoded."""


def join_error(error: Exception, radio: Endpoint, patience: float) -> JoinError:
    """Return what to report for one of `CONNECT_ERRORS`.

    Args:
        error: of a connect.
        radio: to which.
        patience: seconds that were waited for an answer.
    """
    kind = FailureKind.UNREACHABLE
    if _is_our_own(error):
        kind = FailureKind.OFFLINE
    elif isinstance(error, PermissionError):
        kind = FailureKind.BROKEN
    return JoinError(_sentence(error, radio, patience), kind)


def _is_our_own(error: Exception) -> bool:
    if isinstance(error, socket.gaierror):
        # No name server has answered; one that does not know the name says so.
        return error.errno == socket.EAI_AGAIN
    return isinstance(error, OSError) and error.errno in OUR_OWN


def _sentence(error: Exception, radio: Endpoint, patience: float) -> str:
    match error:
        case TimeoutError():
            return f"{radio} did not answer within {patience:g} s"
        case ConnectionRefusedError():
            hint = "" if radio.is_broker else ": is the radio on, and its network switched on?"
            return f"nothing listens at {radio}{hint}"
        case socket.gaierror():
            return f"the host name of {radio} cannot be resolved: {error.strerror or error}"
        case BusyError():
            return f"another program uses {radio}; a radio has one client at a time"
        case FileNotFoundError():
            return f"there is no {radio}: is the radio plugged in?"
        case PermissionError():
            return f"{radio} may not be opened: add the user of the supervisor to its group"
        case OSError():
            return f"{radio} cannot be reached: {error.strerror or error}"
        case _:
            return f"{radio} cannot be a host name"
