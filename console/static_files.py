"""The web pages: files that were built before, compressed before, and are kept by browsers.

Owns which file an address means, how long it may be kept, and that every other address is the web
app itself, which finds its page by the address.  Does not own what is built
(`console/web`).  A console whose pages were not built says so.
"""

from __future__ import annotations

import asyncio
import mimetypes
import re
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from meshvisor.console import wordings as say
from meshvisor.console.problem import ProblemError

INDEX: Final = "index.html"
NONCE: Final = b"__CSP_NONCE__"
"""Stands in the page where the number of the answer belongs that allows its styles."""

_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
"""What browsers name, and how the files end; the first is the smaller one."""

_HASHED: Final = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.\w+(\.map)?$")
"""How files are named whose content never changes."""

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK: Final = "no-cache"

_MISSING: Final = (
    b"<!doctype html><title>Meshvisor</title><p>The web pages of this console were not built; "
    b"'make run' in a checkout builds them. The API is at /api/openapi.json."
)


class StaticFiles:
    """Serves the files of one folder.

    Args:
        folder: what was built; it may be missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        if path.startswith("api/"):
            raise ProblemError(
                404, "There is nothing at this address; /api/openapi.json says what there is."
            )
        if scope["method"] not in ("GET", "HEAD"):
            raise ProblemError(405, "Files can only be read.", {"Allow": "GET, HEAD"})
        accepted = Headers(scope=scope).get("accept-encoding", "")
        response = await asyncio.to_thread(self._answer, path, accepted)
        if response is None:
            response = await asyncio.to_thread(self._page, scope["state"]["nonce"])
        await response(scope, receive, send)

    # Private

    def _answer(self, path: str, accepted: str) -> Response | None:
        """Return a file; None: it is an address of the web app."""
        file = self._find(path)
        if file is None:
            if path.startswith("assets/"):
                raise ProblemError(404, say.OTHER_VERSION.said())
            return None
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        headers = {"Vary": "Accept-Encoding"}
        headers["Cache-Control"] = _FOR_EVER if _HASHED.search(file.name) else _ASK
        for name, ending in _ENCODINGS:
            compressed = file.with_name(file.name + ending)
            if name in accepted and compressed.is_file():
                headers["Content-Encoding"] = name
                return Response(compressed.read_bytes(), 200, headers, kind)
        return Response(file.read_bytes(), 200, headers, kind)

    def _find(self, path: str) -> Path | None:
        if not path or path == INDEX or "\0" in path:
            return None
        try:
            file = (self._folder / path).resolve()
            is_ours = file.is_relative_to(self._folder.resolve()) and file.is_file()
        except OSError:  # such as a name that is too long
            return None
        return file if is_ours else None

    def _page(self, nonce: str) -> Response:
        try:
            page = (self._folder / INDEX).read_bytes()
        except OSError:
            return Response(_MISSING, 503, {}, "text/html; charset=utf-8")
        page = page.replace(NONCE, nonce.encode())
        return Response(page, 200, {"Cache-Control": _ASK}, "text/html; charset=utf-8")
