"""Requests to a foreign JSON API from the supervisor, which must not suffer from it.

Owns deadlines, limits, the token, and one clear sentence for whatever goes wrong.  Does not own
HTTP (`http_client`), signatures (`signing`) nor what the JSON means.  Called by discovery and by
`login`.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from http.client import HTTPException
from typing import Final

from pydantic import SecretStr

from meshvisor.shared.clock import Clock, SystemClock
from meshvisor.shared.foreign_json import ForeignJsonError, decode
from meshvisor.shared.retry_after import seconds_until
from meshvisor.shared.version import VERSION
from meshvisor.supervisor.platform.errors import ApiError, ResponseError, StatusError
from meshvisor.supervisor.platform.http_client import HttpClient, HttpResponse, Question, in_thread
from meshvisor.supervisor.platform.refusals import said_by
from meshvisor.supervisor.platform.route import ProxyError, Route
from meshvisor.supervisor.platform.signing import NO_KEYS, Keys

REQUEST_DEADLINE: Final = 10.0
"""Seconds for one request, from the name's resolution to the last byte of the answer."""

LARGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes; a page of a hundred meshes with fifty people each is a fifth of it."""

LARGEST_REFUSAL: Final = 16 * 1024
"""Bytes of an answer that says why not; a sentence is a hundredth of it."""

_ADVICE: Final = {
    401: ", so the account's token is missing or no longer valid",
    403: ", so the account may not see it",
    404: ", so the address is wrong",
}


_GOOD: Final = frozenset({HTTPStatus.OK, HTTPStatus.CREATED})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class JsonApi:
    """One API.

    Args:
        name: what error messages call it.
        url: base of all addresses, without a slash at its end.
        token: sent as bearer token; None or empty: none is sent.
        keys: what every request carries or is signed with.
        clock: of the signatures.
        deadline: seconds for one request.
    """

    def __init__(
        self,
        name: str,
        url: str,
        token: SecretStr | None = None,
        *,
        keys: Keys = NO_KEYS,
        clock: Clock | None = None,
        deadline: float = REQUEST_DEADLINE,
    ) -> None:
        self.name = f"{name} at {url}"
        self._url = url
        self._token = token
        self._keys = keys
        self._clock = clock or SystemClock()
        self._deadline = deadline
        self._tls: ssl.SSLContext | None = None

    def error(self, what: str, *, transient: bool = False) -> ApiError:
        """Return the error that this API `what`, such as "cannot be reached"."""
        return ApiError(f"{self.name} {what}", transient=transient)

    def unusable(self, what: str) -> ResponseError:
        """Return the error that this API answers with `what`, such as "a picture"."""
        return ResponseError(f"{self.name} answers with {what}")

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[HttpClient]:
        """Keep connections for the length of a few requests, but not from one look to the next.

        Raises:
            ApiError: the environment names a proxy that cannot be used, or certificates
                that cannot be read.
        """
        try:
            route = Route.to(self._url)
            client = HttpClient(route, await self._verification(route), self._deadline)
        except ProxyError as error:
            raise self.error(
                f"cannot be asked through the proxy that the environment names: {error}"
            ) from None
        except OSError as error:
            raise self.error(_in_words(error)) from error
        try:
            yield client
        finally:
            client.close()

    async def get(
        self, client: HttpClient, path: str, params: Mapping[str, str] | None = None
    ) -> object:
        """Return the JSON at an address.

        Raises:
            StatusError: the status is not one of success.
            ApiError: anything else is in the way of an answer.
        """
        return await self._ask(client, client.route.target(path, params), None)

    async def post(self, client: HttpClient, path: str, content: Mapping[str, str]) -> object:
        """Send JSON to an address and return the JSON that it answers with.

        Raises:
            As `get`.
        """
        return await self._ask(client, client.route.target(path), json.dumps(content).encode())

    # Private

    async def _ask(self, client: HttpClient, target: str, posted: bytes | None) -> object:
        # One byte too many tells an answer that is too large.
        headers = self._headers(posted)
        question = Question(target, headers, LARGEST_ANSWER + 1, LARGEST_REFUSAL, posted)
        try:
            async with asyncio.timeout(self._deadline):
                answer = await client.ask(question)
        except TimeoutError:
            raise self.error(
                f"has not answered within {self._deadline:g} seconds", transient=True
            ) from None
        except (OSError, HTTPException, ValueError) as error:
            words = _in_words(error) + client.route.by_way_of
            raise self.error(words, transient=_may_pass(error)) from error
        self._check(answer)
        return self._decode(answer.body)

    async def _verification(self, route: Route) -> ssl.SSLContext | None:
        if self._tls is None and route.tls:
            # Loading the certificates of all authorities takes 30 ms, too long for the loop.
            self._tls = await in_thread(ssl.create_default_context, "platform certificates")
        return self._tls

    def _headers(self, posted: bytes | None) -> dict[str, str | bytes]:
        headers: dict[str, str | bytes] = {
            "Accept": "application/json",
            # A small compressed answer could unpack to more than this process may hold.
            "Accept-Encoding": "identity",
            "User-Agent": f"meshvisor/{VERSION}",
        }
        if posted is not None:
            headers["Content-Type"] = "application/json"
        if token := self._token.get_secret_value() if self._token else "":
            if not token.isprintable():
                # The client would refuse it too, in a message that shows it.
                raise self.error("cannot be asked: the token has characters that none has")
            headers["Authorization"] = f"Bearer {token}".encode()
        length = len(posted or b"")
        return {**headers, **self._keys.headers(token, length, self._clock.wall())}

    def _check(self, answer: HttpResponse) -> None:
        if answer.status in _GOOD:
            return
        advice = _ADVICE.get(answer.status, "")
        if answer.status in _REDIRECTS and answer.location:
            # Not followed: the token is for the address in the settings and for no other.
            advice = f", which points to {answer.location!r:.200}"
        raise StatusError(
            f"{self.name} answers with HTTP {answer.status}{advice}",
            answer.status,
            said_by(answer.body),
            seconds_until(answer.retry_after, self._clock.wall()),
        )

    def _decode(self, body: bytes) -> object:
        if len(body) > LARGEST_ANSWER:
            size = LARGEST_ANSWER // 1024 // 1024
            raise self.unusable(f"more than {size} MiB at once")
        try:
            decoded = decode(body)
        except ForeignJsonError:
            start = body[:40].decode(errors="replace")
            raise self.unusable(f"something that is not JSON: {start!r}") from None
        return decoded


def _may_pass(error: Exception) -> bool:
    """Return whether a network or a server that is down for a moment looks like this."""
    return isinstance(error, OSError) and not isinstance(error, ssl.SSLCertVerificationError)


def _in_words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"cannot be trusted: its certificate is wrong ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"cannot be reached: TLS fails ({error.reason or error})"
    if isinstance(error, OSError) and error.errno:
        # Errors of the name's resolution have negative numbers and texts of their own; the
        # texts of others name the address, which the sentence has already.
        reason = os.strerror(error.errno) if error.errno > 0 else error.strerror
        return f"cannot be reached: {reason}"
    if isinstance(error, UnicodeError):
        return "cannot be reached: its name is none that a host can have"
    # Quoted, because it may repeat what the server has sent.
    return f"does not answer in HTTP ({str(error)!r:.200})"
