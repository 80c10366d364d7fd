"""One short visit to an MQTT broker: whether it is one, and lets the mesh's account in.

Owns the conversation.  Does not own sentences about what is well (`doctor`).
"""

from __future__ import annotations

import secrets
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Final

import msgspec

from meshvisor.features.meshtastic.address import Endpoint
from meshvisor.features.meshtastic.cli.visit import CONNECT, READ, VisitError
from meshvisor.features.meshtastic.mqtt.packets import (
    ACCOUNT_REASONS,
    CONNACK,
    DISCONNECT,
    REASONS,
    REFUSED,
    SUBACK,
    MqttError,
    MqttReader,
    Said,
    connect,
    subscribe,
)
from meshvisor.shared import tls

WHOLE: Final = 5.0
"""Seconds until it has let the account in, and to the topic."""

KEEP_ALIVE: Final = 60


class Visit(msgspec.Struct, frozen=True):
    """What is tried."""

    broker: Endpoint
    topic: str
    user: str = ""
    password: str = ""


def visit_broker(visit: Visit) -> float:
    """Come, subscribe and go; return the seconds after which the broker had let the account in.

    Raises:
        VisitError: there is no way to it, it is none, or it does not let the account in.
    """
    broker = visit.broker
    begin = time.monotonic()
    try:
        with _connected(broker) as connection:
            _talk(visit, connection, begin + WHOLE)
            return time.monotonic() - begin
    except TimeoutError:
        raise VisitError(
            f"{broker} does not answer like a broker within {WHOLE:g} s", _PORTS
        ) from None
    except ssl.SSLError as error:
        reason = tls.reason(error, "mqtt://host")
        raise VisitError(f"no secure connection to {broker}: {reason}", "correct server") from None
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise VisitError(f"{broker} cannot be reached: {reason}", "is the broker up?") from None


# Private

_PORTS: Final = "correct server; brokers are at port 1883, with TLS (mqtts://) at 8883 as a rule"


def _connected(broker: Endpoint) -> socket.socket:
    plain = socket.create_connection((broker.host, broker.port), CONNECT)
    if not broker.is_secure:
        return plain
    try:
        return tls.context("", "").wrap_socket(plain, server_hostname=broker.host)
    except BaseException:
        plain.close()
        raise


def _talk(visit: Visit, connection: socket.socket, latest: float) -> None:
    said = _said(connection, latest)
    # A name of its own: a broker throws an older client of the same name out.
    client = f"meshvisor-{secrets.token_hex(6)}"
    connection.sendall(connect(client, visit.user, visit.password, KEEP_ALIVE))
    let_in = _answer(visit.broker, said, CONNACK)
    if reason := let_in.body[1] if len(let_in.body) > 1 else 1:
        raise _not_let_in(visit, reason)
    topic = f"{visit.topic}/2/e/#"
    connection.sendall(subscribe(topic))
    if _answer(visit.broker, said, SUBACK).body[-1:] == bytes([REFUSED]):
        raise VisitError(
            f"{visit.broker} does not allow the topic {topic}",
            "correct topic, or have the account read it",
        )
    connection.sendall(DISCONNECT)


def _said(connection: socket.socket, latest: float) -> Iterator[Said]:
    """Yield what a broker says, until it closes the connection.

    Raises:
        TimeoutError: it has taken too long.
    """
    reader = MqttReader()
    while (left := latest - time.monotonic()) > 0:
        connection.settimeout(left)
        data = connection.recv(READ)
        if not data:
            return
        yield from reader.feed(data)
    raise TimeoutError


def _answer(broker: Endpoint, said: Iterator[Said], kind: int) -> Said:
    """Return its answer of a kind; a subscription may be answered behind what is published."""
    try:
        for one in said:
            if one.kind == kind:
                return one
            if kind == CONNACK:
                break
    except (MqttError, ConnectionError):
        pass  # a web server may reset what it does not understand
    raise VisitError(f"{broker} does not answer like a broker", _PORTS)


def _not_let_in(visit: Visit, reason: int) -> VisitError:
    advice = "look into the log of the broker"
    if reason in ACCOUNT_REASONS:
        advice = (
            "correct its account, or MESHVISOR__ACCOUNTS__NAME__PASSWORD"
            if visit.user
            else 'add account = "NAME" to its entry, and user and password to [accounts.NAME]'
        )
    why = REASONS.get(reason, f"reason {reason}")
    return VisitError(f"{visit.broker} does not let the bot in: {why}", advice)
