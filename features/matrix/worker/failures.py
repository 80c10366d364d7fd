"""Why a homeserver cannot be reached or does not want the bot, as one sentence and a kind."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Final

import msgspec

from meshvisor.features.matrix.address import PLAIN, Homeserver
from meshvisor.features.matrix.wire.http import HttpError
from meshvisor.features.matrix.wire.refusals import MatrixError
from meshvisor.shared import tls
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import JoinError

OUR_OWN: Final = frozenset(
    {
        *(errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL),
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN),
    }
)
"""Errors of a connect that this machine is to blame for."""

FAILURES: Final = (OSError, UnicodeError, HttpError, MatrixError, msgspec.DecodeError)
"""What a request may raise; UnicodeError comes from host names that cannot be encoded,
DecodeError from answers that are not what the specification says."""


def join_error(error: BaseException, server: Homeserver) -> JoinError:
    """Return what to report for one of `FAILURES`."""
    if isinstance(error, MatrixError):
        return JoinError(sentence(error, server), _kind(error), error.retry_after)
    kind = FailureKind.OFFLINE if _is_our_own(error) else FailureKind.UNREACHABLE
    return JoinError(sentence(error, server), kind)


def sentence(error: BaseException, server: Homeserver) -> str:
    """Return what has gone wrong, in words."""
    if isinstance(error, OSError):
        return _of_network(error, server)
    match error:
        case MatrixError():
            return f"{server}: {error}"
        case HttpError():
            return f"{server} does not answer like a homeserver: {error}"
        case msgspec.DecodeError():
            return f"{server} gave an answer that the specification does not have: {error}"
        case _:
            return f"{server} cannot be a host name"


# Private


def _of_network(error: OSError, server: Homeserver) -> str:
    match error:
        case TimeoutError():
            return f"{server} did not answer in time"
        case ConnectionRefusedError():
            return f"nothing listens at {server}"
        case socket.gaierror():
            return f"the host name of {server} cannot be resolved: {error.strerror or error}"
        case ssl.SSLError():
            return f"no secure connection to {server}: {tls.reason(error, PLAIN)}"
        case ConnectionError():
            return f"the connection to {server} broke: {error.strerror or error}"
        case _:
            return f"{server} cannot be reached: {error.strerror or error}"


def _kind(error: MatrixError) -> FailureKind:
    if error.is_void_token or error.code == "M_USER_DEACTIVATED":
        return FailureKind.UNAUTHORIZED
    if error.is_limit or error.is_passing or error.is_elsewhere:
        return FailureKind.UNREACHABLE
    return FailureKind.REFUSED


def _is_our_own(error: BaseException) -> bool:
    if isinstance(error, socket.gaierror):
        # No name server has answered; one that does not know the name says so.
        return error.errno == socket.EAI_AGAIN
    return isinstance(error, OSError) and error.errno in OUR_OWN
