"""GET requests to a foreign JSON API from the supervisor, which must not suffer from it.

Owns the HTTP client, its deadlines and limits, and one clear sentence for whatever goes wrong.
Does not own what the JSON means.  Called by `rest`.

The client library is imported when the first request is made: without a platform the supervisor
does without its 10 MB.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import os
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from shared.version import VERSION
from supervisor.fleet.providers.provider import DiscoveryError

if TYPE_CHECKING:
    import httpx

REQUEST_DEADLINE: Final = 10.0
"""Seconds for one request, from the name's resolution to the last byte of the answer."""

LARGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes; a page of a hundred meshes with fifty people each is a fifth of it."""

_ADVICE: Final = {
    401: ", so the account's token is missing or no longer valid",
    403: ", so the account may not see it",
    404: ", so the address is wrong",
}


class StatusError(DiscoveryError):
    """The API answers with another status than 200."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
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

    def error(self, what: str) -> DiscoveryError:
        """Return the error that this API `what`, such as "answers with a picture"."""
        return DiscoveryError(f"{self.name} {what}")

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[httpx.AsyncClient]:
        """Keep connections for the length of a few requests, but not from one look to the next.

        Raises:
            DiscoveryError: the environment names a proxy that cannot be used.
        """
        import httpx

        for library in ("httpx", "httpcore"):
            # They log each request with its query, which names the device.
            logging.getLogger(library).setLevel(logging.WARNING)
        try:
            client = httpx.AsyncClient(
                headers=self._headers(),
                verify=self._verification(),
                trust_env=not _is_loopback(self._url),
                timeout=None,  # noqa: S113 - ours covers a whole request, theirs each one step
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise self.error(
                f"cannot be asked through the proxy that the environment names: {error}"
            ) from error
        async with client:
            yield client

    async def get(
        self, client: httpx.AsyncClient, path: str, params: Mapping[str, str] | None = None
    ) -> object:
        """Return the JSON at an address.

        Raises:
            StatusError: the status is not 200.
            DiscoveryError: anything else is in the way of an answer.
        """
        import httpx

        try:
            async with (
                asyncio.timeout(self._deadline),
                client.stream("GET", f"{self._url}{path}", params=params) as response,
            ):
                self._check(response)
                return self._decode(await self._read(response))
        except TimeoutError:
            raise self.error(f"has not answered within {self._deadline:g} seconds") from None
        except httpx.LocalProtocolError:
            # Its text has the header in it, and so the token.
            raise self.error("cannot be asked: the token has characters that none has") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self.error(_in_words(error)) from error

    # Private

    def _headers(self) -> dict[bytes, bytes]:
        headers = {
            b"Accept": b"application/json",
            # A small compressed answer could unpack to more than this process may hold.
            b"Accept-Encoding": b"identity",
            b"User-Agent": f"meshvisor/{VERSION}".encode(),
        }
        if token := self._token.get_secret_value() if self._token else "":
            headers[b"Authorization"] = f"Bearer {token}".encode()
        return headers

    def _verification(self) -> ssl.SSLContext:
        if self._tls is None:
            # Loading the certificates takes 30 ms; without them no TLS peer is ever trusted.
            encrypted = urlsplit(self._url).scheme == "https"
            self._tls = (
                ssl.create_default_context()
                if encrypted
                else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            )
        return self._tls

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        if status == HTTPStatus.OK:
            return
        advice = _ADVICE.get(status, "")
        if response.has_redirect_location:
            # Not followed: the token is for the address in the settings and for no other.
            advice = f", which points to {response.headers['Location']!r:.200}"
        raise StatusError(f"{self.name} answers with HTTP {status}{advice}", status)

    async def _read(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > LARGEST_ANSWER:
                size = LARGEST_ANSWER // 1024 // 1024
                raise self.error(f"answers with more than {size} MiB at once")
        return bytes(body)

    def _decode(self, body: bytes) -> object:
        try:
            decoded: object = json.loads(body)
        except (ValueError, RecursionError):
            start = body[:40].decode(errors="replace")
            raise self.error(f"answers with something that is not JSON: {start!r}") from None
        return decoded


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _in_words(error: Exception) -> str:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"cannot be trusted: its certificate is wrong ({cause.verify_message})"
        if isinstance(cause, ssl.SSLError):
            return f"cannot be reached: TLS fails ({cause.reason or cause})"
        if isinstance(cause, OSError) and cause.errno:
            # Errors of the name's resolution have negative numbers and texts of their own; the
            # texts of others name the address, which the sentence has already.
            reason = os.strerror(cause.errno) if cause.errno > 0 else cause.strerror
            return f"cannot be reached: {reason}"
    return f"does not answer in HTTP ({error!s:.200})"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the innermost cause first: the outer ones only say that all attempts failed."""
    if error is not None:
        yield from _causes(error.__cause__ or error.__context__)
        yield error
