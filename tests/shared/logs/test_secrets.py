"""What a secret looks like in a log, and that it does not stay there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from meshvisor.shared.logs.secrets import MOST, remember, without_secrets

SECRET = "0123456789abcdefSECRET"


@pytest.mark.parametrize(
    "text",
    [
        '{{"authToken": "{0}"}}',
        '{{\\"update\\": 1, \\"authToken\\": \\"{0}\\", \\"x\\": 1}}',
        "{{'parseToken': '{0}'}}",
        "api_key={0} and more",
        "API-Key: {0}",
        "ssaid = {0}",
        "password: {0}",
        "Authorization: Bearer {0}",
        "basic {0}",
        "mongodb://bot:{0}@127.0.0.1:27017/x",
        "see https://u:{0}@host/path",
        "session_token={0}&x=1",
    ],
)
def test_what_looks_like_a_secret(text: str) -> None:
    """Values of keys that name secrets, bearer tokens and passwords in addresses are masked."""
    logged = without_secrets(f"before {text.format(SECRET)} after")
    assert SECRET not in logged
    assert "***" in logged
    assert logged.startswith("before ")
    assert logged.endswith(" after")
    assert without_secrets(logged) == logged


@pytest.mark.parametrize(
    "text",
    [
        "the account's token is missing or no longer valid",
        "connects to ws://127.0.0.1:4443/?roomId=a",
        "3 tokens; key F5: pressed",
        "a secret",
        "only basic authentication works there",
        "the token comes from http://host/path",
    ],
)
def test_what_is_none(text: str) -> None:
    """Sentences about secrets stay as they are."""
    assert without_secrets(text) == text


def test_known_secrets() -> None:
    """What this process knows is masked wherever it stands; of many the newest."""
    plain = "plain-and-unmarked"
    assert plain in without_secrets(f"x{plain}x")
    remember([SecretStr(plain), None, "", "short"])
    assert without_secrets(f"x{plain}x short") == "x***x short"
    remember(f"another-secret-{number}" for number in range(MOST))
    assert plain in without_secrets(f"x{plain}x")


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Nothing raises, and what has no hint of a secret stays."""
    assert isinstance(without_secrets(text), str)


@pytest.mark.parametrize(
    "piece", ["token", "token-", 'token"', "bearer ", "://", "a:", "://a:", "="]
)
def test_no_text_takes_long(piece: str) -> None:
    """Texts that almost look like secrets are gone through once: else this would take hours."""
    assert without_secrets(piece * 40_000)
