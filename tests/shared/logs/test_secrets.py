"""What a secret looks like in a log, and that it does not stay there."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from meshvisor.shared.logs.secrets import (
    MOST,
    command_without_secrets,
    remember,
    without_any_secret,
    without_secrets,
)

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


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("--password", "x1", "-v"), ["--password", "***", "-v"]),
        (("--api-key=x1", "--retries", "3"), ["--api-key=***", "--retries", "3"]),
        (("sh", "-c", "load --token 'x1 y' >f"), ["sh", "-c", "load --token *** >f"]),
        (("--password-file", "f", "--use-token", "--all"),) * 2,
        (("--user", "ann", "token", "x1"),) * 2,
        (("TOKEN=x1", "DB_PASSWORD=x1"), ["TOKEN=***", "DB_PASSWORD=***"]),
        (("TOKEN_FILE=f", "secret://f", "PATH=x1"),) * 2,
        (("-H", "Authorization: Bearer x1"), ["-H", "Authorization: ***"]),
        (("-H", "X-Api-Key: x1"), ["-H", "X-Api-Key: ***"]),
        (("sh", "-c", "TOKEN='x1 y' a -d '{\"pwd\": \"x1\"}'"),) * 1
        + (["sh", "-c", "TOKEN=*** a -d '{\"pwd\": ***}'"],),
        (("http://h/?a=1&access_token=x1&b=2",), ["http://h/?a=1&access_token=***&b=2"]),
    ],
)
def test_words_of_a_command(words: tuple[str, ...], shown: Iterable[str]) -> None:
    """What an option is given that is called like a secret is masked, and nothing else."""
    assert command_without_secrets(words) == list(shown)


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
    assert without_any_secret(piece * 40_000)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"token": "a b"}', '{"token": "***"}'),
        ("{'botKey': 'a', 'x': 'b'}", "{'botKey': '***', 'x': 'b'}"),
        ("""{'auth': "it's"}""", """{'auth': "***"}"""),
        ("""{"bob's key": "a"}""", """{"bob's key": "***"}"""),
        ('{"password": "a\\"b", "x": 1}', '{"password": "***", "x": 1}'),
        ('{"API_KEY": "cut he', '{"API_KEY": "***"'),
        ('{"ssaid": "cut\\', '{"ssaid": "***"\\'),
        ("mongodb://bob:p@s/w@host/db", "mongodb://***@host/db"),
        ("https://bob@host", "https://***@host"),
        ('{"monkey": 5, "x": "y"}', '{"monkey": 5, "x": "y"}'),
        ('the "token": it is\nmissing', 'the "token": it is\nmissing'),
    ],
)
def test_what_could_be_a_secret(text: str, shown: str) -> None:
    """Short values and those with blanks are masked as well where they need not be read."""
    assert without_any_secret(text) == shown
    assert without_any_secret(shown) == shown


def test_nothing_is_swallowed() -> None:
    """A value that does not end in its line hides nothing of the next one."""
    assert without_any_secret('"key": "a\nline 2') == '"key": "***"\nline 2'
