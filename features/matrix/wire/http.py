"""HTTP/1.1 as a client needs it for a homeserver: a request as bytes, an answer out of bytes.

Owns the syntax (RFC 9112) and its limits.  Does not own sockets (`worker.http`), nor what answers
mean (`refusals`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from meshvisor.features.matrix.address import Homeserver
from meshvisor.shared.version import VERSION

MOST_HEAD: Final = 64 * 1024
"""Bytes in front of the content of an answer."""

MOST_CONTENT: Final = 16 * 1024 * 1024
"""Bytes of an answer: a hundred of the longest events, and ten thousand members with room to
spare."""

_STATUS: Final = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: ([^\r\n]*))?\r?\n")

_WITHOUT_CONTENT: Final = frozenset({204, 304})


class HttpError(Exception):
    """What came is no answer; the message is a few words for people."""


class Response(msgspec.Struct, frozen=True):
    """One answer."""

    status: int
    reason: str
    """Beside the status; may be empty."""
    headers: Mapping[str, str]
    """By small names; of several with one name the last."""
    content: bytes
    stays_open: bool
    """Whether the connection can be used again."""


def written(
    server: Homeserver, method: str, target: str, token: str = "", content: bytes | None = None
) -> bytes:
    """Return a request as it is sent.

    Args:
        server: to which.
        method: such as `GET`.
        target: path with its query, escaped.
        token: of access; empty: none.
        content: JSON; None: none.
    """
    lines = [
        f"{method} {server.path}{target} HTTP/1.1",
        f"Host: {server.authority}",
        f"User-Agent: meshvisor/{VERSION}",
        "Accept: application/json",
    ]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if content is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join((*lines, "", "")).encode() + (content or b"")


class ResponseReader:
    """Takes apart what comes in answer to one request.

    Args:
        method: of the request.
    """

    def __init__(self, method: str) -> None:
        self._has_content = method != "HEAD"
        self._unread = bytearray()
        self._head: Response | None = None
        self._content = bytearray()
        self._left: int | None = None
        """Bytes of content, or of this chunk, that are still to come; None: until the end."""
        self._is_chunked = False
        self._is_last_chunk = False

    @property
    def has_begun(self) -> bool:
        """Whether anything of an answer has come."""
        return self._head is not None or bool(self._unread)

    def feed(self, data: bytes) -> Response | None:
        """Take in what came; return the answer once it is whole.

        Raises:
            HttpError: it is no answer, or one that is too long.
        """
        self._unread += data
        if self._head is None and not self._read_head():
            return None
        if self._is_chunked:
            return self._read_chunks()
        return self._read_content()

    def end(self) -> Response | None:
        """Take in that the server has closed the connection; return the answer if that ends it."""
        head = self._head
        if head is None or self._is_chunked or self._left is not None:
            return None
        return self._whole(head)

    # Private

    def _read_head(self) -> bool:
        while True:
            end = self._unread.find(b"\r\n\r\n")
            if not self._may_be_answer():
                raise HttpError("what it says is not HTTP")
            if end < 0:
                if len(self._unread) > MOST_HEAD:
                    raise HttpError("the head of its answer never ends")
                return False
            head, self._unread = bytes(self._unread[: end + 2]), self._unread[end + 4 :]
            if self._took_head(head):
                return True

    def _may_be_answer(self) -> bool:
        begin = bytes(self._unread[:5])
        return b"HTTP/".startswith(begin) or begin == b"HTTP/"

    def _took_head(self, head: bytes) -> bool:
        found = _STATUS.match(head)
        if found is None:
            raise HttpError("what it says is not HTTP/1.1")
        status = int(found[2])
        if status < 200:
            return False  # it only says that an answer comes
        headers = dict(_headers(head[found.end() :].decode("latin-1")))
        is_new, reason = found[1] == b"1", (found[3] or b"").decode("latin-1").strip()
        stays_open = is_new and "close" not in headers.get("connection", "").lower()
        self._head = Response(status, reason, headers, b"", stays_open)
        self._begin_content(status, headers)
        return True

    def _begin_content(self, status: int, headers: Mapping[str, str]) -> None:
        if status in _WITHOUT_CONTENT or not self._has_content:
            self._left = 0
        elif "transfer-encoding" in headers:
            if headers["transfer-encoding"].strip().lower() != "chunked":
                raise HttpError(f"it sends content as {headers['transfer-encoding']:.40}")
            self._is_chunked = True
        elif (length := headers.get("content-length")) is not None:
            if not length.isdecimal():
                raise HttpError(f"it calls {length:.40} a length")
            self._left = int(length)
            _check_length(self._left)

    def _read_content(self) -> Response | None:
        assert self._head is not None
        self._content += self._unread
        self._unread.clear()
        _check_length(len(self._content))
        if self._left is None or len(self._content) < self._left:
            return None
        is_more = len(self._content) > self._left
        del self._content[self._left :]
        # What was not asked for is no answer to the next request.
        return self._whole(self._head, stays_open=self._head.stays_open and not is_more)

    def _read_chunks(self) -> Response | None:
        assert self._head is not None
        while True:
            if self._left is None:
                if (line := self._line()) is None:
                    return None
                if self._is_last_chunk:
                    if line:
                        continue  # a header behind the content
                    return self._whole(self._head, stays_open=self._head.stays_open)
                self._left = _chunk_length(line)
                self._is_last_chunk = self._left == 0
                if self._is_last_chunk:
                    self._left = None
                    continue
                _check_length(len(self._content) + self._left)
            # With the line end behind it.
            if len(self._unread) < self._left + 2:
                return None
            self._content += self._unread[: self._left]
            del self._unread[: self._left + 2]
            self._left = None

    def _line(self) -> bytes | None:
        end = self._unread.find(b"\r\n")
        if end < 0:
            if len(self._unread) > MOST_HEAD:
                raise HttpError("a line of its answer never ends")
            return None
        line = bytes(self._unread[:end])
        del self._unread[: end + 2]
        return line

    def _whole(self, head: Response, *, stays_open: bool = False) -> Response:
        return msgspec.structs.replace(head, content=bytes(self._content), stays_open=stays_open)


def _headers(text: str) -> list[tuple[str, str]]:
    found = []
    for line in text.split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            found.append((name.strip().lower(), value.strip()))
    return found


def _chunk_length(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", digits):
        raise HttpError("it sends chunks without a length")
    return int(digits, 16)


def _check_length(length: int) -> None:
    if length > MOST_CONTENT:
        raise HttpError(f"its answer is longer than {MOST_CONTENT // 1024**2} MiB")
