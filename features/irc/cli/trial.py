"""One short visit to an IRC server: whether it answers, is believed, and takes the bot's login.

It is not let in: a nick that the running bot has would be in use.  So the visit ends when
the server has taken the login, or has said what it can do.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from meshvisor.features.irc.address import PLAIN, Endpoint, endpoint
from meshvisor.features.irc.client.dialect import DIALECTS
from meshvisor.features.irc.client.login import Login, login_of
from meshvisor.features.irc.client.registration import Registration
from meshvisor.features.irc.wire.lines import LineReader, decoded
from meshvisor.features.irc.wire.message import parse
from meshvisor.shared import tls
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.protocol.from_worker import FailureKind

TIMEOUT: Final = 5.0
"""Seconds for each step; an operator waits for the answer."""

WHOLE: Final = 20.0
"""Seconds for all of it: some servers look up who comes before they say a word."""

READ: Final = 65_536


class TrialError(MeshvisorError):
    """A visit has failed; the message is one sentence without a stop.

    Attributes:
        advice: what to do, in the same form.
    """

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


class Trial(msgspec.Struct, frozen=True):
    """What is tried."""

    server: Endpoint
    login: Login
    pin: str
    certificate: str
    dialect: str

    @classmethod
    def of(
        cls, server: str, settings: Mapping[str, Any], account: Mapping[str, str], home: str
    ) -> Trial:
        """Return what a mesh and its account come to."""
        certificate = account.get("certificate", "")
        return cls(
            endpoint(server),
            login_of(settings, account),
            settings["certificate_sha256"],
            os.path.join(home, certificate) if certificate else "",
            settings["dialect"],
        )


class Answer(msgspec.Struct, frozen=True):
    """How a visit went."""

    seconds: float
    """Until the server has answered."""
    is_secure: bool
    account: str
    """That the bot is logged in with; empty: it has none."""


def try_server(trial: Trial) -> Answer:
    """Visit a server.

    Raises:
        TrialError: it does not answer, is not believed, or does not take the login.
    """
    begin = time.monotonic()
    try:
        connection = _connect(trial)
    except TimeoutError:
        raise TrialError(f"{trial.server} does not answer within {TIMEOUT:g} s", _REACH) from None
    except ssl.SSLError as error:
        raise TrialError(
            f"no secure connection to {trial.server}: {tls.reason(error, PLAIN)}",
            "correct server, or say in certificate_sha256 which certificate it has",
        ) from None
    except tls.CertificateError as error:
        raise TrialError(str(error), "correct certificate of the account") from None
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise TrialError(f"{trial.server} cannot be reached: {reason}", _REACH) from None
    with connection:
        return _talk(trial, connection, begin)


# Private

_REACH: Final = "is the server up, and are the address and the firewall right?"

_ADVICE: Final = {
    FailureKind.UNAUTHORIZED: "correct the account, or MESHVISOR__ACCOUNTS__NAME__PASSWORD",
    FailureKind.REFUSED: "ask the operator of the server, or use another one",
}


def _connect(trial: Trial) -> socket.socket:
    server = trial.server
    plain = socket.create_connection((server.host, server.port), TIMEOUT)
    if not server.tls:
        return plain
    try:
        context = tls.context(trial.pin, trial.certificate)
        secured = context.wrap_socket(plain, server_hostname=server.host)
        if trial.pin:
            tls.check_pin(secured.getpeercert(binary_form=True), trial.pin)
    except BaseException:
        plain.close()
        raise
    return secured


def _talk(trial: Trial, connection: socket.socket, begin: float) -> Answer:
    registration = Registration(trial.login, str(trial.server), DIALECTS[trial.dialect])
    # Without the nick, no server lets the bot in: it only says what it can do.
    for line in registration.begin():
        if not line.startswith(("NICK ", "USER ")):
            _send(connection, line)
    reader, answered = LineReader(), 0.0
    try:
        while (said := time.monotonic() - begin) < WHOLE:
            data = connection.recv(READ)
            if not data:
                break
            answered = answered or said
            for text in reader.feed(data):
                if _took(registration, text, connection):
                    return Answer(answered, trial.server.tls, registration.account)
            if registration.refusal is not None:
                refusal = registration.refusal
                advice = _ADVICE.get(refusal.kind, "try again in a while")
                raise TrialError(refusal.sentence, advice)
    except TimeoutError:
        pass
    except OSError as error:
        raise TrialError(f"{trial.server} has closed the connection: {error}", _REACH) from None
    raise TrialError(
        f"{trial.server} does not answer like an IRC server",
        "correct server; IRC with TLS is at port 6697 as a rule",
    )


def _took(registration: Registration, text: bytes, connection: socket.socket) -> bool:
    """Take in a line; say whether everything is known."""
    line = parse(decoded(text))
    if line is None:
        return False
    answers = registration.take(line)
    for answer in answers:
        if answer != "CAP END":
            _send(connection, answer)
    is_old = line.command in {"421", "451"}  # of a server without capabilities
    return registration.refusal is None and ("CAP END" in answers or is_old)


def _send(connection: socket.socket, line: str) -> None:
    connection.sendall(line.encode() + b"\r\n")
