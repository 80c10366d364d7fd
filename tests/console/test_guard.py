"""What no request passes, and what every answer carries."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.console_client import PASSWORD, Consoles, Visitor


async def test_requests_of_strangers(shared: Consoles) -> None:
    """Other names, other sites, long bodies and tricks with paths get a problem and no more."""
    visitor = await shared.visitor()
    await _names(visitor)
    await _origins(visitor)
    await _paths(visitor)
    await _bodies(visitor)


async def _names(visitor: Visitor) -> None:
    """A name that leads here without belonging to the console is DNS rebinding."""
    for host, status in (
        ("evil.example", 421),
        ("127.0.0.1.evil.example:80", 421),
        ("", 421),
        ("localhost:1", 200),
        ("127.0.0.1", 200),
        ("[::1]:8480", 200),
    ):
        response = await visitor.get("/healthz", headers={"Host": host})
        assert response.status_code == status, host


async def _origins(visitor: Visitor) -> None:
    """Pages of other sites change nothing, not even by a password that they know."""
    body = {"name": "ann", "password": PASSWORD}
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        headers = {"Origin": origin}
        response = await visitor.post("/api/v1/session", json=body, headers=headers)
        assert response.status_code == 403, origin
    form = await visitor.post("/api/v1/session", data=body)
    assert form.status_code == 422


async def _paths(visitor: Visitor) -> None:
    """No path leads out of the folder of the pages."""
    for path in (
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
        "/assets/%00",
        "/" + "a" * 3000,
        "/api/nothing",
        "/api/v1/" + "%ff" * 50,
    ):
        response = await visitor.get(path)
        assert "root:" not in response.text, path
        assert response.status_code < 500 or "were not built" in response.text, path


async def _bodies(visitor: Visitor) -> None:
    """A long body is refused before it is read, told or not."""

    async def untold() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 64 * 1024

    for content in (b" " * (1024 * 1024 + 1), untold()):
        response = await visitor.post("/api/v1/session/link/check", content=content)
        assert response.status_code == 413
        assert "1024 KiB" in response.json()["detail"]
    with pytest.raises(httpx.TransportError):
        await visitor.post("/api/v1/session", content=b" " * 100_000_000)
    assert (await visitor.get("/healthz")).status_code == 200


async def test_every_answer_is_closed_to_others(shared: Consoles) -> None:
    """Headers tell browsers to run nothing but our files; nothing of the API is kept anywhere."""
    visitor = await shared.visitor()
    for path in ("/healthz", "/api/v1/session", "/", "/api/v1/operators", "/nothing.js"):
        headers = (await visitor.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "server" not in headers
        if path.startswith("/api"):
            assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "FOO"])
async def test_methods_that_there_are_not(shared: Consoles, method: str) -> None:
    """They are refused in words."""
    response = await (await shared.visitor()).request(method, "/healthz")
    assert response.status_code in (400, 405)
