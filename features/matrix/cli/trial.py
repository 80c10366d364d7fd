"""Short visits to a homeserver: whether it answers, is believed, and knows the bot.

For `meshvisor init` and `doctor`, which wait for the answer.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from meshvisor.features.matrix.address import PLAIN, Homeserver, homeserver, is_alias
from meshvisor.features.matrix.wire import requests
from meshvisor.features.matrix.wire.events import is_encryption
from meshvisor.features.matrix.wire.http import HttpError, Response, ResponseReader, written
from meshvisor.features.matrix.wire.refusals import MatrixError, refusal
from meshvisor.features.matrix.wire.requests import Request
from meshvisor.shared import tls
from meshvisor.shared.errors import MeshvisorError

TIMEOUT: Final = 5.0
"""Seconds for each step."""

READ: Final = 65_536

_REACH: Final = "is the server up, and are the address and the firewall right?"


class TrialError(MeshvisorError):
    """A visit has failed; the message is one sentence without a stop.

    Attributes:
        advice: what to do, in the same form.
        is_login: whether it is user, password or token that are wrong.
    """

    def __init__(self, message: str, advice: str, *, is_login: bool = False) -> None:
        super().__init__(message)
        self.advice = advice
        self.is_login = is_login


class Trial(msgspec.Struct, frozen=True):
    """What is tried: one server with one account."""

    server: Homeserver
    pin: str
    token: str

    @classmethod
    def of(cls, server: str, settings: Mapping[str, Any], account: Mapping[str, str]) -> Trial:
        """Return what a mesh and its account come to."""
        return cls(homeserver(server), settings["certificate_sha256"], account.get("token", ""))


class Answer(msgspec.Struct, frozen=True):
    """How a visit went."""

    seconds: float
    """Until the server has answered."""
    user: str
    """Whose token it is; empty: there is none to be tried."""


def visit(trial: Trial) -> Answer:
    """Visit a server.

    Raises:
        TrialError: it does not answer, is not believed, or does not know the token.
    """
    begin = time.monotonic()
    versions = _ask(trial, requests.versions())
    if not isinstance(_content(trial, versions).get("versions"), list):
        raise _no_homeserver(trial, "it does not say which versions it speaks")
    seconds = time.monotonic() - begin
    if not trial.token:
        return Answer(seconds, "")
    found = _content(trial, _ask(trial, requests.who_am_i()))
    return Answer(seconds, str(found.get("user_id", "")))


def why_not_in(trial: Trial, room: str) -> str:
    """Return why the bot could not talk in a room, in a sentence; empty: it could.

    A room that it is not in yet is none of these: it may be invited, or the room may be public.

    Raises:
        TrialError: the server does not answer any more.
    """
    try:
        if is_alias(room):
            found = _content(trial, _ask(trial, requests.resolve(room)))
            room = str(found.get("room_id", ""))
        answer = _ask(trial, requests.state(room, "m.room.encryption"))
    except TrialError as error:
        cause = error.__cause__
        if isinstance(cause, MatrixError) and cause.code in {"M_NOT_FOUND", "M_FORBIDDEN"}:
            is_none = is_alias(room) and cause.code == "M_NOT_FOUND"
            return f"there is no room {room} on {trial.server}" if is_none else ""
        raise
    if not is_encryption(answer.content):
        return ""
    return f"{room} is encrypted, and the bot reads no encrypted messages"


def log_in(server: str, user: str, password: str) -> str:
    """Return a token of access for a user.

    Raises:
        TrialError: the server does not answer, or does not let them in.
    """
    trial = Trial(homeserver(server), "", "")
    request = requests.login(user, password, "MESHVISOR", "Meshvisor")
    token = _content(trial, _ask(trial, request)).get("access_token")
    if not isinstance(token, str):
        raise _no_homeserver(trial, "it gives no token")
    return token


# Private


def _no_homeserver(trial: Trial, why: str) -> TrialError:
    return TrialError(
        f"{trial.server} does not answer like a Matrix homeserver: {why}",
        "correct server; https://DOMAIN/.well-known/matrix/client says where it is",
    )


def _content(trial: Trial, answer: Response) -> dict[str, Any]:
    try:
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.DecodeError:
        raise _no_homeserver(trial, "what it says is no JSON") from None


def _ask(trial: Trial, request: Request) -> Response:
    try:
        answer = _exchange(trial, request)
    except TimeoutError:
        raise TrialError(f"{trial.server} does not answer within {TIMEOUT:g} s", _REACH) from None
    except HttpError as error:
        raise _no_homeserver(trial, str(error)) from None
    except ssl.SSLError as error:
        raise TrialError(
            f"no secure connection to {trial.server}: {tls.reason(error, PLAIN)}",
            "correct server, or say in certificate_sha256 which certificate it has",
        ) from None
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise TrialError(f"{trial.server} cannot be reached: {reason}", _REACH) from None
    if not 200 <= answer.status < 300:
        raise _refused(trial, refusal(answer))
    return answer


def _refused(trial: Trial, error: MatrixError) -> TrialError:
    if error.is_elsewhere:
        refused = _no_homeserver(trial, str(error))
    else:
        is_login = error.is_void_token or error.code in {"M_FORBIDDEN", "M_USER_DEACTIVATED"}
        advice = (
            "log the bot in again and put the new token into the account"
            if is_login
            else "ask the administrator of the server, or try again in a while"
        )
        refused = TrialError(f"{trial.server}: {error}", advice, is_login=is_login)
    refused.__cause__ = error
    return refused


def _exchange(trial: Trial, request: Request) -> Response:
    token = trial.token if request.has_token else ""
    data = written(trial.server, request.method, request.target, token, request.encoded)
    reader = ResponseReader(request.method)
    with _connected(trial) as connection:
        connection.sendall(data)
        while said := connection.recv(READ):
            if (answer := reader.feed(said)) is not None:
                return answer
    if (answer := reader.end()) is None:
        raise HttpError("it has closed the connection without an answer")
    return answer


def _connected(trial: Trial) -> socket.socket:
    server = trial.server
    plain = socket.create_connection((server.host, server.port), TIMEOUT)
    if not server.tls:
        return plain
    try:
        secured = tls.context(trial.pin, "").wrap_socket(plain, server_hostname=server.host)
        if trial.pin:
            tls.check_pin(secured.getpeercert(binary_form=True), trial.pin)
    except BaseException:
        plain.close()
        raise
    return secured
