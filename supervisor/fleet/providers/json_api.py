"""GET requests to a foreign JSON API from the supervisor, which must not suffer from it.

Owns deadlines, limits, the token, and one clear sentence for whatever goes wrong.  Does not own
HTTP (`http_client`) nor what the JSON means.  Called by `rest`.
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

from shared.version import VERSION
from supervisor.fleet.providers.http_client import Answer, HttpClient, Question, in_thread
from supervisor.fleet.providers.provider import DiscoveryError
from supervisor.fleet.providers.route import ProxyError, Route

REQUEST_DEADLINE: Final = 10.0
"""Seconds for one request, from the name's resolution to the last byte of the answer."""

LARGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes; a page of a hundred meshes with fifty people each is a fifth of it."""

_ADVICE: Final = {
    401: ", so the account's token is missing or no longer valid",
    403: ", so the account may not see it",
    404: ", so the address is wrong",
}


_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class StatusError(DiscoveryError):
    """The API answers with another status than 200."""

    def __init__(self, message: str, status: int) -> None:
        # What a client does wrong it will do again; a server may be about to start.
        super().__init__(message, transient=status >= HTTPStatus.INTERNAL_SERVER_ERROR)
        self.status = status


class JsonApi:
    """One API.

    Args:
        name: what error messages call it.
        url: base of all addresses, without a slash at its end.
        token: sent as bearer token; None or empty: none is sent.
        deadline: seconds for one request.
    """

    def __init__(
        self, name: str, url: str, token: SecretStr | None, deadline: float = REQUEST_DEADLINE
    ) -> None:
        self.name = f"{name} at {url}"
        self._url = url
        self._token = token
        self._deadline = deadline
        self._tls: ssl.SSLContext | None = None

    def error(self, what: str, *, transient: bool = False) -> DiscoveryError:
        """Return the error that this API `what`, such as "answers with a picture"."""
        return DiscoveryError(f"{self.name} {what}", transient=transient)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[HttpClient]:
        """Keep connections for the length of a few requests, but not from one look to the next.

        Raises:
            DiscoveryError: the environment names a proxy that cannot be used, or certificates
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
            StatusError: the status is not 200.
            DiscoveryError: anything else is in the way of an answer.
        """
        # One byte too many tells an answer that is too large.
        target = client.route.target(path, params)
        question = Question(target, self._headers(), LARGEST_ANSWER + 1)
        try:
            async with asyncio.timeout(self._deadline):
                answer = await client.get(question)
        except TimeoutError:
            raise self.error(
                f"has not answered within {self._deadline:g} seconds", transient=True
            ) from None
        except (OSError, HTTPException, ValueError) as error:
            words = _in_words(error) + client.route.by_way_of
            raise self.error(words, transient=_may_pass(error)) from error
        self._check(answer)
        return self._decode(answer.body)

    # Private

    async def _verification(self, route: Route) -> ssl.SSLContext | None:
        if self._tls is None and route.tls:
            # Loading the certificates of all authorities takes 30 ms, too long for the loop.
            self._tls = await in_thread(ssl.create_default_context, "discovery certificates")
        return self._tls

    def _headers(self) -> dict[str, str | bytes]:
        headers: dict[str, str | bytes] = {
            "Accept": "application/json",
            # A small compressed answer could unpack to more than this process may hold.
            "Accept-Encoding": "identity",
            "User-Agent": f"meshvisor/{VERSION}",
        }
        if token := self._token.get_secret_value() if self._token else "":
            if not token.isprintable():
                # The client would refuse it too, in a message that shows it.
                raise self.error("cannot be asked: the token has characters that none has")
            headers["Authorization"] = f"Bearer {token}".encode()
        return headers

    def _check(self, answer: Answer) -> None:
        if answer.status == HTTPStatus.OK:
            return
        advice = _ADVICE.get(answer.status, "")
        if answer.status in _REDIRECTS and answer.location:
            # Not followed: the token is for the address in the settings and for no other.
            advice = f", which points to {answer.location!r:.200}"
        raise StatusError(f"{self.name} answers with HTTP {answer.status}{advice}", answer.status)

    def _decode(self, body: bytes) -> object:
        if len(body) > LARGEST_ANSWER:
            size = LARGEST_ANSWER // 1024 // 1024
            raise self.error(f"answers with more than {size} MiB at once")
        try:
            decoded: object = json.loads(body)
        except (ValueError, RecursionError):
            start = body[:40].decode(errors="replace")
            raise self.error(f"answers with something that is not JSON: {start!r}") from None
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
