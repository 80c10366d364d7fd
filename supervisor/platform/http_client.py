"""Requests by the standard library's HTTP client, in threads that the loop never joins.

Owns connections, TLS and the threads.  Does not own the way to a server (`route`), what an answer
means, nor the words for what goes wrong (`json_api`, its only caller).

The client blocks, so each request has a thread.  It is a daemon, unlike those of
`asyncio.to_thread`: the wait for a name server cannot be interrupted, and neither a look nor the
end of the supervisor may last as long (docs/decisions/0014-http-client.md).
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.client import HTTPS_PORT, HTTPConnection, HTTPResponse, IncompleteRead
from typing import TypeVar

import msgspec

from meshvisor.shared.addresses import in_turn
from meshvisor.supervisor.platform.route import Route

_T = TypeVar("_T")


class Question(msgspec.Struct, frozen=True):
    """What a server is asked for."""

    target: str
    headers: Mapping[str, str | bytes]
    most: int
    """Bytes of a body after which nothing is read any more."""
    most_of_refusal: int = 0
    """The same, when the status is not one of success; what is left unread costs nothing."""
    posted: bytes | None = None
    """What is sent along; None: nothing, and the method is GET instead of POST."""


class HttpResponse(msgspec.Struct, frozen=True):
    """What a server has answered."""

    status: int
    location: str | None
    """Where a redirect leads."""
    body: bytes
    """As much of it as was asked for."""
    retry_after: str | None = None
    """When to come again, in seconds or as a date."""


class HttpClient:
    """Keeps connections for the length of a few requests.

    Args:
        route: where to.
        tls: for a route with TLS; None for others.
        timeout: seconds for each step of a request.  This only has every thread end some time:
            the caller keeps the deadline of a request as a whole.
    """

    def __init__(self, route: Route, tls: ssl.SSLContext | None, timeout: float) -> None:
        self.route = route
        self._tls = tls
        self._timeout = timeout
        self._idle: list[_Connection] = []

    async def ask(self, question: Question) -> HttpResponse:
        """Ask; when cancelled, hang up at once.

        Raises:
            OSError: there is no way to the server, or none any more.
            HTTPException: it does not speak HTTP.
            ValueError: the name of the host or something in the question cannot be sent.
        """
        connection = self._idle.pop() if self._idle else self._connection()
        try:
            answer = await in_thread(partial(connection.ask, question), "platform request")
        except BaseException:
            connection.cut()
            raise
        self._idle.append(connection)
        return answer

    def close(self) -> None:
        """Hang up; idempotent."""
        while self._idle:
            self._idle.pop().cut()

    def _connection(self) -> _Connection:
        return _Connection(self.route, self._tls, self._timeout)


async def in_thread(work: Callable[[], _T], name: str) -> _T:
    """Return what `work` returns in a thread of its own, or raise what it raises.

    When cancelled, only the waiting ends: the caller has to see that `work` ends.

    Raises:
        OSError: no thread can be started.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def run() -> None:
        try:
            settle = partial(done.set_result, work())
        except Exception as error:  # noqa: BLE001 - it is raised in the caller that waits
            settle = partial(done.set_exception, error)
        # The loop may be closed already, because it does not wait for these threads.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if done.cancelled() else settle())

    try:
        threading.Thread(target=run, name=name, daemon=True).start()
    except RuntimeError:
        raise OSError(errno.EAGAIN, "no thread can be started") from None
    return await done


class _Connection(HTTPConnection):
    """A connection, with TLS where the route says so, that another thread can cut."""

    def __init__(self, route: Route, tls: ssl.SSLContext | None, timeout: float) -> None:
        first = route.proxy or route
        super().__init__(first.host, first.port, timeout=timeout)
        # What the base class calls to connect; its own gives all the time to the first address.
        self._create_connection = _connect_to_any
        self._name = route.host
        self._for_proxy = route.proxy.headers if route.proxy and route.is_relayed else {}
        self._tls = tls
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self._busy = self._is_cut = False
        if tls is not None:
            self.default_port = HTTPS_PORT  # which is left out of the `Host` header
            if route.proxy is not None:
                self.set_tunnel(route.host, route.port, dict(route.proxy.headers))

    def ask(self, question: Question) -> HttpResponse:
        """Ask and wait for the answer; the connection can be used again unless this raises."""
        with self._lock:
            self._busy = True
        try:
            self._end_if_cut()
            if question.posted is not None:
                # What a server does at a POST it must not do twice, so it gets no connection of
                # which it is not known whether it still works.
                self.close()
            return self._ask_again(question) if self.sock is not None else self._ask(question)
        finally:
            with self._lock:
                self._busy = False
                if self._is_cut:
                    self.close()

    def cut(self) -> None:
        """Close the connection for good; a thread that waits for it fails at once.

        Only while it looks for the server it is not disturbed, until its timeout.
        """
        with self._lock:
            self._is_cut = True
            if not self._busy:
                self.close()
            # The base class lets go of the socket before it reads an answer without a length.
            elif line := self.sock or self._line:
                with suppress(OSError):
                    # Not its own `shutdown`: with TLS that one is not meant for other threads.
                    socket.socket.shutdown(line, socket.SHUT_RDWR)

    def connect(self) -> None:
        """Connect, through the proxy if there is one; called by the base class."""
        super().connect()
        if self._tls is not None:
            # The handshake is not left to the wrapping, during which there is nothing to cut.
            self.sock = self._tls.wrap_socket(
                self.sock, server_hostname=self._name, do_handshake_on_connect=False
            )
        self._line = self.sock
        self._end_if_cut()
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.do_handshake()

    # Private

    def _end_if_cut(self) -> None:
        if self._is_cut:
            raise ConnectionAbortedError(errno.ECONNABORTED, "the caller has stopped waiting")

    def _ask_again(self, question: Question) -> HttpResponse:
        try:
            return self._ask(question)
        except ConnectionError:
            if self._is_cut:
                raise
            # A server may hang up whenever nothing is under way; that says nothing about it.
            self.close()
            return self._ask(question)

    def _ask(self, question: Question) -> HttpResponse:
        method = "GET" if question.posted is None else "POST"
        headers = {**question.headers, **self._for_proxy}
        self.request(method, question.target, question.posted, headers)
        with self.getresponse() as response:
            body = self._read(response, question)
            if not response.isclosed():
                self.close()  # there is more, which is not needed
            where, when = response.getheader("Location"), response.getheader("Retry-After")
            return HttpResponse(response.status, where, body, when)

    def _read(self, response: HTTPResponse, question: Question) -> bytes:
        good = response.status // 100 == HTTPStatus.OK // 100
        most = question.most if good else question.most_of_refusal
        if not most:
            return b""
        body = response.read(most)
        # Half a refusal still is one.
        if good and response.length and len(body) < most:
            raise IncompleteRead(body, response.length)
        return body


def _connect_to_any(
    address: tuple[str, int], timeout: float, source_address: tuple[str, int] | None = None
) -> socket.socket:
    """Connect to the first address of a server that answers.

    The interface is that of `socket.create_connection`, which gives each address all the time.
    """
    found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
    end = time.monotonic() + timeout
    for (family, kind, protocol, _, place), share, is_last in in_turn(found, end, time.monotonic):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(share)
            if source_address is not None:
                sock.bind(source_address)
            sock.connect(place)
        except OSError:
            sock.close()
            if is_last:
                raise
        else:
            sock.settimeout(timeout)
            return sock
    raise OSError(errno.EADDRNOTAVAIL, "there is no address of this name")
