from __future__ import annotations

import pytest
from pydantic import SecretStr

from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.supervisor.platform.signing import NO_KEYS, Keys, signature

WALL = 1_700_000_000.1239
"""Epoch seconds."""


@pytest.mark.parametrize(
    ("token", "length", "expected"),
    [
        # printf '%s' '1700000000123::0' | openssl dgst -sha256 -hmac key -binary | base64
        ("", 0, "WH6AXczXLvKoiUYcFq3bDjfeen2Z049JAXYY3LrVWtU="),
        ("t0ken", 17, "0ItZPEUS4YFpRRVX2NDDYPPPPsWfJh35BN+2aC0tWbw="),
    ],
)
def test_signature(token: str, length: int, expected: str) -> None:
    """The signature is what other programs compute from the same rule."""
    assert signature("key", 1_700_000_000_123, token, length) == expected


def test_keys_as_headers() -> None:
    """The API key is sent as it is, the signing key only signs; each in its own header."""
    settings = PlatformSettings(
        api_key=SecretStr("open"),
        api_key_header="X-A",
        signing_key=SecretStr("key"),
        signature_header="X-S",
        timestamp_header="X-T",
    )
    assert Keys.of(settings).headers("t0ken", 17, WALL) == {
        "X-A": "open",
        "X-S": signature("key", 1_700_000_000_123, "t0ken", 17),
        "X-T": "1700000000123",
    }


def test_no_keys() -> None:
    """Who has no keys sends nothing, rather than empty headers."""
    assert NO_KEYS.headers("t0ken", 17, WALL) == {}
    assert Keys.of(PlatformSettings()) == NO_KEYS


def test_keys_cannot_be_printed() -> None:
    """Neither key appears where keys are printed by accident."""
    keys = Keys(api_key=SecretStr("s3cret"), signing_key=SecretStr("s3cret"))
    assert "s3cret" not in f"{keys!r} {keys}"
