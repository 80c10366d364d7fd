"""The keys that a platform gives to programs: how requests show that they have them.

Owns the rule of the signature and the headers.  Pure: the time is an argument.  Called by
`json_api` for every request.

    signature = base64(HMAC-SHA256(key, "timestamp:token:contentLength"))

The timestamp is in milliseconds since the epoch, the token is the bearer token or empty, the length
is that of the body in bytes.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import Final, Protocol

import msgspec
from pydantic import SecretStr

_NO_SECRET: Final = SecretStr("")


def signature(key: str, timestamp: int, token: str, length: int) -> str:
    """Return the signature of a request.

    Args:
        key: of the platform.
        timestamp: epoch milliseconds, as sent beside the signature.
        token: the bearer token; empty: none.
        length: bytes of the body.
    """
    text = f"{timestamp}:{token}:{length}"
    return b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha256)).decode()


class KeySettings(Protocol):
    """What settings say about the keys."""

    @property
    def api_key(self) -> SecretStr: ...  # noqa: D102 - explained by `Keys`
    @property
    def signing_key(self) -> SecretStr: ...  # noqa: D102
    @property
    def api_key_header(self) -> str: ...  # noqa: D102
    @property
    def signature_header(self) -> str: ...  # noqa: D102
    @property
    def timestamp_header(self) -> str: ...  # noqa: D102


class Keys(msgspec.Struct, frozen=True):
    """What requests carry besides the token, and in which headers."""

    api_key: SecretStr = _NO_SECRET
    """Empty: none is sent."""
    signing_key: SecretStr = _NO_SECRET
    """Empty: nothing is signed."""
    api_key_header: str = "X-Api-Key"
    signature_header: str = "X-Signature"
    timestamp_header: str = "X-Timestamp"

    @classmethod
    def of(cls, settings: KeySettings) -> Keys:
        """Return those of the settings."""
        return cls(
            api_key=settings.api_key,
            signing_key=settings.signing_key,
            api_key_header=settings.api_key_header,
            signature_header=settings.signature_header,
            timestamp_header=settings.timestamp_header,
        )

    def headers(self, token: str, length: int, wall: float) -> dict[str, str]:
        """Return the headers of one request.

        Args:
            token: see `signature`.
            length: see `signature`.
            wall: epoch seconds.
        """
        headers = {}
        if api_key := self.api_key.get_secret_value():
            headers[self.api_key_header] = api_key
        if key := self.signing_key.get_secret_value():
            timestamp = int(wall * 1000)
            headers[self.timestamp_header] = str(timestamp)
            headers[self.signature_header] = signature(key, timestamp, token, length)
        return headers


NO_KEYS: Final = Keys()
"""No keys: requests are not signed."""
