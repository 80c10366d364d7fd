"""Services that take messages, as tests need them: a mail server, and a web service.

Both are real servers in threads of this process.  Use each in a `with`.
"""

from __future__ import annotations

import asyncio
import http.server
import json
import socket
import threading
from collections import Counter
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

HANG: Final = 0
"""In place of a status: no answer before the end."""


class MailServer:
    """A mail server that keeps all mails.

    Args:
        port: 0: any.
        password: with which one has to log in; None: no login.

    Attributes:
        mails: in the order in which they came.
    """

    def __init__(self, port: int = 0, password: str | None = None) -> None:
        self.mails: list[EmailMessage] = []
        login: dict[str, Any] = {}
        if password is not None:
            login = {"auth_required": True, "auth_require_tls": False}
            login["authenticator"] = partial(_logged_in, password.encode())
        self._controller = _Controller(self, hostname="127.0.0.1", port=port, **login)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        return _address(self._controller)[1]

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a mail; called by the library."""
        parsed = BytesParser(policy=default).parsebytes(envelope.content)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        """What the mails are about."""
        return [str(mail["Subject"]) for mail in self.mails]


def _logged_in(
    password: bytes, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
) -> AuthResult:
    return AuthResult(success=data.password == password, handled=False)


class _Controller(Controller):
    def _trigger_server(self) -> None:
        # The library would connect to the port that it was given, which is 0.
        with socket.create_connection(_address(self)) as connection:
            connection.recv(1024)


def _address(controller: Controller) -> tuple[str, int]:
    assert isinstance(controller.server, asyncio.Server)
    host, port = controller.server.sockets[0].getsockname()
    return host, port


class WebService:
    """A web service; a path answers as the test says.

    Attributes:
        statuses: what a path answers, one after another; the last holds on.  Others answer 200.
        seen: what was posted, by path.
    """

    def __init__(self, **statuses: list[int]) -> None:
        self.statuses = {f"/{path}": list(given) for path, given in statuses.items()}
        self.retry_after = "1"
        self.seen: dict[str, list[dict[str, Any]]] = {}
        self.open = Counter[str]()
        """Requests of each path that have no answer yet."""
        self._ends = threading.Event()
        self._lock = threading.Lock()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path: str, query: str = "") -> str:
        """Return the address of a path, as a channel has it."""
        return f"json://127.0.0.1:{self._server.server_port}/{path}{query}"

    def titles(self, path: str) -> list[str]:
        """Return the titles that a path was sent, in the order in which they came."""
        with self._lock:
            return [one["title"] or one["message"] for one in self.seen.get(f"/{path}", [])]

    def take(self, path: str, body: bytes) -> int:
        """Keep what was posted, and return the status of the answer."""
        with self._lock:
            self.open[path] += 1
            self.seen.setdefault(path, []).append(json.loads(body))
            given = self.statuses.get(path, [200])
            status = given.pop(0) if len(given) > 1 else given[0]
        if status == HANG:
            self._ends.wait()
            status = 500
        with self._lock:
            self.open[path] -= 1
        return status

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                status = service.take(self.path, self.rfile.read(size))
                try:
                    self.send_response(status)
                    if status == 429:
                        self.send_header("Retry-After", service.retry_after)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass  # the client has stopped waiting

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
