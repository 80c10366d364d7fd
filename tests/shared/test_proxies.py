"""Which proxy of the environment counts."""

from __future__ import annotations

import os

import pytest

from meshvisor.shared.proxies import proxy_address

HERE = "http://proxy.example:3128"
THERE = "http://other.example"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return an environment without proxies, to be filled by the test."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(
    ("scheme", "named", "address"),
    [
        ("http", {}, None),
        ("http", {"http_proxy": HERE, "all_proxy": THERE}, HERE),
        ("http", {"https_proxy": HERE}, None),
        ("https", {"HTTPS_PROXY": HERE}, HERE),
        ("https", {"http_proxy": HERE, "all_proxy": THERE}, THERE),
        ("https", {"https_proxy": ""}, None),
        ("ws", {"http_proxy": HERE}, HERE),
        ("ws", {"http_proxy": HERE, "https_proxy": THERE}, THERE),
        ("ws", {"ws_proxy": HERE, "https_proxy": THERE}, HERE),
        ("ws", {"all_proxy": HERE}, None),
        ("wss", {"http_proxy": HERE}, None),
        ("wss", {"wss_proxy": HERE, "https_proxy": THERE}, HERE),
        ("wss", {"socks_proxy": HERE, "https_proxy": THERE}, "socks5h://proxy.example:3128"),
        ("wss", {"socks_proxy": "socks4://proxy.example"}, "socks4://proxy.example"),
    ],
)
def test_variables(
    environment: pytest.MonkeyPatch, scheme: str, named: dict[str, str], address: str | None
) -> None:
    """The scheme of the server decides which variable counts."""
    for name, value in named.items():
        environment.setenv(name, value)

    assert proxy_address(scheme, "a.example", 80) == address


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "localhost"])
@pytest.mark.parametrize("scheme", ["http", "https", "ws", "wss"])
def test_loopback(environment: pytest.MonkeyPatch, scheme: str, host: str) -> None:
    """No proxy can reach this machine's own loopback."""
    environment.setenv("https_proxy", HERE)
    environment.setenv("http_proxy", HERE)

    assert proxy_address(scheme, host, 1) is None
    assert proxy_address(scheme, "a.example", 1) == HERE


@pytest.mark.parametrize(
    ("host", "exceptions"),
    [
        ("a.example", "a.example"),
        ("a.example", "b.example, .example"),
        ("a.example", "a.example:80"),
        ("a.example", "*"),
        ("fd00::1", "fd00::1"),
        ("fd00::1", "[fd00::1]"),
    ],
)
def test_exceptions(environment: pytest.MonkeyPatch, host: str, exceptions: str) -> None:
    """The environment names those who are asked directly, too."""
    environment.setenv("http_proxy", HERE)
    environment.setenv("no_proxy", exceptions)

    assert proxy_address("http", host, 80) is None
    assert proxy_address("http", "c.test", 80) == (None if exceptions == "*" else HERE)
