from __future__ import annotations

import pytest

from meshvisor.supervisor.platform.route import ProxyError, Route

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return an environment without proxies, to be filled by the test."""
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "path"),
    [
        ("http://a.example", "a.example", 80, False, ""),
        ("https://a.example", "a.example", 443, True, ""),
        ("https://a.example:8443/api/v2", "a.example", 8443, True, "/api/v2"),
        ("http://[::1]:81", "::1", 81, False, ""),
        ("http://a.example/\u00fc/%20", "a.example", 80, False, "/%C3%BC/%20"),
    ],
)
def test_addresses(url: str, host: str, port: int, tls: bool, path: str) -> None:
    """An address says where the server is, and what all paths begin with."""
    assert Route.to(url) == Route(host, port, tls, path, proxy=None)


def test_targets() -> None:
    """A request names path and query, special characters in their place."""
    route = Route.to("https://a.example/api")

    assert route.target("/x") == "/api/x"
    assert route.target("/x", {"a": "b c/&", "d": ""}) == "/api/x?a=b%20c%2F%26&d="


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a.example/api", "http://a.example/api/x?a=b"),
        ("http://[fd00::1]:81", "http://[fd00::1]:81/x?a=b"),
        ("https://a.example/api", "/api/x?a=b"),
    ],
)
def test_what_a_proxy_reads(environment: pytest.MonkeyPatch, url: str, expected: str) -> None:
    """A proxy that passes a request on needs the whole address; one with a tunnel sees none."""
    environment.setenv("all_proxy", "http://proxy.example")

    assert Route.to(url).target("/x", {"a": "b"}) == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "[::1]", "localhost", "a.localhost"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_loopback(environment: pytest.MonkeyPatch, scheme: str, host: str) -> None:
    """No proxy can reach this machine's own loopback."""
    environment.setenv("all_proxy", "http://proxy.example")

    assert Route.to(f"{scheme}://{host}:1").proxy is None


@pytest.mark.parametrize(
    ("variable", "value", "where"),
    [
        ("https_proxy", "http://proxy.example:3128", ("proxy.example", 3128)),
        ("HTTPS_PROXY", "http://proxy.example", ("proxy.example", 80)),
        ("all_proxy", "proxy.example:3128", ("proxy.example", 3128)),
        ("http_proxy", "http://proxy.example", None),
        ("https_proxy", "", None),
    ],
)
def test_proxies(
    environment: pytest.MonkeyPatch, variable: str, value: str, where: tuple[str, int] | None
) -> None:
    """The environment names proxies by scheme, as for other programs."""
    environment.setenv(variable, value)

    route = Route.to("https://a.example")
    assert (route.proxy and (route.proxy.host, route.proxy.port)) == where
    assert route.by_way_of == (f" (through the proxy {where[0]}:{where[1]})" if where else "")


@pytest.mark.parametrize("exception", ["a.example", ".example", "b.example,example", "*"])
def test_no_proxy(environment: pytest.MonkeyPatch, exception: str) -> None:
    """The environment names those who are asked directly, too."""
    environment.setenv("https_proxy", "http://proxy.example")
    environment.setenv("no_proxy", exception)

    assert Route.to("https://a.example:8443").proxy is None


def test_a_password_for_the_proxy(environment: pytest.MonkeyPatch) -> None:
    """It is sent as the proxy wants it, and printed nowhere."""
    environment.setenv("https_proxy", "http://me:s%40cret@proxy.example")

    route = Route.to("https://a.example")
    assert route.proxy is not None
    assert route.proxy.headers == {"Proxy-Authorization": "Basic bWU6c0BjcmV0"}
    assert "bWU6c0BjcmV0" not in repr(route)
    assert "s%40cret" not in repr(route)


@pytest.mark.parametrize(
    "address",
    ["socks5://me:s3cret@a:1", "https://me:s3cret@a", "http://me:s3cret@a:port", "http://", "://"],
)
def test_proxies_that_cannot_be_used(environment: pytest.MonkeyPatch, address: str) -> None:
    """Going round a proxy that is configured would be worse than not going at all."""
    environment.setenv("https_proxy", address)

    with pytest.raises(ProxyError, match="for https it has to be like http://host:port") as caught:
        Route.to("https://a.example")
    assert "s3cret" not in str(caught.value)
