"""Why there is no way to a server, as one clear sentence and a kind."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Final

from meshvisor.features.irc.address import PLAIN, Endpoint
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

CONNECT_ERRORS: Final = (OSError, tls.CertificateError, UnicodeError)
"""What a connect may raise; UnicodeError comes from host names that cannot be encoded."""


def join_error(error: Exception, server: Endpoint, patience: float) -> JoinError:
    """Return what to report for one of `CONNECT_ERRORS`.

    Args:
        error: of a connect.
        server: to which.
        patience: seconds that were waited for an answer.
    """
    if isinstance(error, tls.CertificateError):
        return JoinError(str(error), FailureKind.BROKEN)
    kind = FailureKind.OFFLINE if _is_our_own(error) else FailureKind.UNREACHABLE
    return JoinError(_sentence(error, server, patience), kind)


def _is_our_own(error: Exception) -> bool:
    if isinstance(error, socket.gaierror):
        # No name server has answered; one that does not know the name says so.
        return error.errno == socket.EAI_AGAIN
    return isinstance(error, OSError) and error.errno in OUR_OWN


def _sentence(error: Exception, server: Endpoint, patience: float) -> str:
    match error:
        case TimeoutError():
            hint = f"; a server without TLS is irc://{server.host}:PORT" if server.tls else ""
            return f"{server} did not answer within {patience:g} s{hint}"
        case ConnectionRefusedError():
            return f"nothing listens at {server}"
        case socket.gaierror():
            return f"the host name of {server} cannot be resolved: {error.strerror or error}"
        case ssl.SSLError():
            return f"no secure connection to {server}: {tls.reason(error, PLAIN)}"
        case OSError():
            return f"{server} cannot be reached: {error.strerror or error}"
        case _:
            return f"{server} cannot be a host name"
