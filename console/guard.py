"""What every request has to pass before its route is called, and what every answer carries.

Owns: the name under which the console is asked (a page of a stranger whose name leads here must
not reach it, which is DNS rebinding), where changes come from, how long a body may be, and the
headers that tell browsers what these pages may do.  Does not own who may do what (`access`).
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meshvisor.console import wordings as say
from meshvisor.console.build import BUILD_HEADER
from meshvisor.console.problem import ProblemError

LONGEST_BODY: Final = 1024 * 1024
"""Bytes; as much as a frame of the control socket."""

DRAINED: Final = 8 * 1024 * 1024
"""Bytes of a longer one that are read for nothing, so that its sender hears why; then it is cut."""

LONGEST_PATH: Final = 8192
"""Characters of the path, and of the query."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""

OWN_NAMES: Final = frozenset({"localhost"})

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self';"
    " worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Stands around the application.

    Args:
        app: what is guarded.
        names: under which the console may be asked, besides addresses and `localhost`.
        is_secure: whether browsers are to come by TLS only.
        build: of the console, which every answer says.
    """

    def __init__(
        self, app: ASGIApp, names: Iterable[str], *, is_secure: bool, build: str = ""
    ) -> None:
        self._app = app
        self._names = OWN_NAMES | {name.lower() for name in names}
        self._is_secure = is_secure
        self._build = build

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["nonce"] = nonce = secrets.token_urlsafe(16)
        answer = _Answer(send, self._headers(nonce))
        try:
            self._check(scope)
            await self._app(scope, _Body(scope, receive).receive, answer.send)
        except ProblemError as problem:
            if not answer.has_begun:
                await problem.response()(scope, receive, answer.send)

    def _headers(self, nonce: str) -> dict[str, str]:
        headers = {**_HEADERS, "Content-Security-Policy": _POLICY.format(nonce=nonce)}
        if self._build:
            headers[BUILD_HEADER] = self._build
        if self._is_secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        return headers

    def _check(self, scope: Scope) -> None:
        """Refuse what no page of ours would send.

        Raises:
            ProblemError: with why.
        """
        headers = Headers(scope=scope)
        if max(len(scope["path"]), len(scope["query_string"])) > LONGEST_PATH:
            raise ProblemError(414, say.LONG_ADDRESS.said(most=LONGEST_PATH))
        host = headers.get("host", "")
        if not self._is_ours(host):
            raise ProblemError(421, say.UNKNOWN_HOST.said(host=host[:80]))
        origin = headers.get("origin")
        if origin and scope["method"] not in SAFE and not _is_same(origin, host):
            raise ProblemError(403, say.OTHER_ORIGIN.said(origin=origin[:80]))

    def _is_ours(self, host: str) -> bool:
        name = host.rpartition(":")[0] if _has_port(host) else host
        name = name.lower().rstrip(".")
        if name in self._names:
            return True
        try:
            # A page that was loaded from an address is no stranger's: an address cannot be renamed.
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True


def _has_port(host: str) -> bool:
    _, colon, port = host.rpartition(":")
    return bool(colon) and port.isdecimal()


def _is_same(origin: str, host: str) -> bool:
    return origin.partition("://")[2].lower() == host.lower()


class _Answer:
    """Adds the headers to an answer."""

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self._send = send
        self._headers = headers
        self.has_begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)


class _Body:
    """Reads the body of a request, and no more than is allowed."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._left = LONGEST_BODY
        length = Headers(scope=scope).get("content-length", "")
        self._is_too_long = length.isdecimal() and int(length[:20]) > LONGEST_BODY

    async def receive(self) -> Message:
        if self._is_too_long:
            await self._drain()
            raise _too_long()
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                await self._drain()
                raise _too_long()
        return message

    async def _drain(self) -> None:
        """Read on for a while: a client that still sends would not see why it was refused."""
        left = DRAINED
        while left > 0:
            message = await self._receive()
            left -= len(message.get("body", b""))
            if not message.get("more_body"):
                return


def _too_long() -> ProblemError:
    # Closed: whatever else of it comes would be read for nothing.
    return ProblemError(
        413,
        say.LONG_BODY.said(kib=LONGEST_BODY // 1024),
        {"Connection": "close"},
    )
