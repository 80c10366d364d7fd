"""Listening and serving: sockets, TLS, and uvicorn around the application.

Owns which port is taken, the bounds on connections, and the end.  Does not own what is served
(`app`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from meshvisor.console.connections import BoundedProtocol
from meshvisor.console.options import ConsoleOptions
from meshvisor.shared.errors import MissingError

MOST_CONNECTIONS: Final = 600
"""At a time, streams among them.  Idle ones make room for new ones (`connections`); where none is
idle, requests are answered with 503."""

BACKLOG: Final = 256

KEEP_ALIVE: Final = 30
"""Seconds that an idle connection is kept."""

TAKEN_WITHIN: Final = 30_000
"""Milliseconds that a client has to take what was sent."""

LAST_ANSWERS: Final = 1
"""Seconds that answers under way have when the console ends."""


def listen(options: ConsoleOptions) -> socket.socket:
    """Return a socket that listens on the first port that is free.

    Raises:
        MissingError: none is, or the address is not one of this machine.
    """
    refused: OSError | None = None
    for port in options.ports:
        try:
            return _listen(options.host, port)
        except OSError as error:
            refused = error
            if error.errno != errno.EADDRINUSE:
                break
    reason = "it has no port" if refused is None else _reason(refused)
    raise MissingError(
        f"the console cannot listen on {options.host}:{options.ports[0]}: {reason}; "
        "choose another [console] port or host"
    )


def url_of(options: ConsoleOptions, listener: socket.socket) -> str:
    """Return where people on this machine find the console."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - it is what was asked for
        host = "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if options.is_secure else 'http'}://{shown}:{port}"


class Server(uvicorn.Server):
    """uvicorn, whose signals are handled by the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


def make_server(app: ASGIApp, options: ConsoleOptions) -> Server:
    """Return what serves an application.

    Raises:
        MissingError: the files of TLS cannot be used.
    """
    tls: dict[str, Any] = {}
    if options.is_secure:
        tls = {"ssl_certfile": options.certificate, "ssl_keyfile": options.key or None}
    config = uvicorn.Config(
        app,
        lifespan="off",
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=LAST_ANSWERS,
        proxy_headers=bool(options.proxies),
        forwarded_allow_ips=",".join(options.proxies),
        **tls,
    )
    try:
        config.load()
    except OSError as error:
        raise MissingError(
            f"the TLS files of the console cannot be used ({error}); look at [console] "
            "tls_certificate and tls_key"
        ) from None
    return Server(config)


# Private


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    address = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)[0][4]
    # The protocol is named, for asyncio sets TCP_NODELAY only then; without that, each answer on a
    # connection that is kept waits 40 ms for an acknowledgement.
    kind = socket.SOCK_STREAM | socket.SOCK_CLOEXEC
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections have it from the listener; nothing else ends one whose client does not read.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TAKEN_WITHIN)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _reason(error: OSError) -> str:
    # A name that cannot be resolved has a number of its own.
    is_known = not isinstance(error, socket.gaierror) and error.errno
    return os.strerror(error.errno or 0).lower() if is_known else str(error.strerror)
