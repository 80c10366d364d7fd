"""Why a connect failed, as one clear sentence and a kind.

Owns the translation of everything that the network, TLS, HTTP and the WebSocket library raise.
Secrets never get in: neither the token nor the query of the address is ever quoted.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from http import HTTPStatus
from typing import Final

from websockets.exceptions import InvalidStatus, WebSocketException

from meshvisor.features.watch_party.protoo.client import REJECT_REASON
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.shared.retry_after import seconds_until
from meshvisor.worker.mesh.transport import JoinError

TRYING_AGAIN_HELPS: Final = frozenset({408, 425, 429})
"""HTTP statuses below 500 that speak of the moment and not of this bot."""

OUR_OWN: Final = frozenset(
    {
        *(errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL),
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN),
    }
)
"""Errors of a connect that this machine is to blame for."""

CONNECT_ERRORS: Final = (OSError, WebSocketException, ValueError)
"""What a connect may raise; ValueError comes from host names that cannot be encoded."""


def join_error(error: Exception, server: str, patience: float) -> JoinError:
    """Return what to report for an error of a connect to `server`.

    Args:
        error: one of `CONNECT_ERRORS`.
        server: the address without a query.
        patience: seconds that were waited for an answer.
    """
    if isinstance(error, InvalidStatus):
        return _refused(error, server)
    kind = FailureKind.OFFLINE if _is_our_own(error) else FailureKind.UNREACHABLE
    return JoinError(_sentence(error, server, patience), kind)


def failed_request(code: int, reason: str) -> JoinError:
    """Return what to report when the room answers `fullyJoined` with an error."""
    kind = FailureKind.UNREACHABLE if code >= 500 else FailureKind.REFUSED
    return JoinError(f"the room refused the bot: {_brief(reason)} ({code})", kind)


def _refused(error: InvalidStatus, server: str) -> JoinError:
    response = error.response
    status = response.status_code
    reason = response.headers.get(REJECT_REASON) or response.reason_phrase
    sentence = f"{server} refused the connect: {_brief(reason)} (HTTP {status})"
    kind = _kind(status)
    if kind is not FailureKind.UNREACHABLE:
        # Its answer is about this bot, and will be the same at any time.
        return JoinError(sentence, kind)
    wanted = seconds_until(response.headers.get("Retry-After"), time.time())
    return JoinError(sentence, kind, wanted)


def _kind(status: int) -> FailureKind:
    if status == HTTPStatus.UNAUTHORIZED:
        return FailureKind.UNAUTHORIZED
    if 400 <= status < 500 and status not in TRYING_AGAIN_HELPS:
        return FailureKind.REFUSED
    return FailureKind.UNREACHABLE


def _is_our_own(error: Exception) -> bool:
    if isinstance(error, socket.gaierror):
        # No name server has answered; one that does not know the name says so.
        return error.errno == socket.EAI_AGAIN
    return isinstance(error, OSError) and error.errno in OUR_OWN


def _sentence(error: Exception, server: str, patience: float) -> str:
    match error:
        case TimeoutError():
            return f"{server} did not answer within {patience:g} s"
        case ConnectionRefusedError():
            return f"nothing listens at {server}"
        case socket.gaierror():
            return f"the host name of {server} cannot be resolved: {error.strerror or error}"
        case ssl.SSLError():
            return f"no secure connection to {server}: {error.reason or error}"
        case OSError():
            return f"{server} cannot be reached: {error.strerror or error}"
        case _:
            return f"{server} does not answer like a mesh server: {_brief(str(error))}"


def _brief(text: str) -> str:
    return " ".join(text.split())[:200] or "no reason given"
