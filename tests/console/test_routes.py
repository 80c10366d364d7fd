"""Every operation of the document, with every scope: generated from the document itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from meshvisor.console.openapi import operations
from meshvisor.console.routing import SCOPE
from meshvisor.shared.scopes import LEVELS
from tests.console_client import Consoles, Visitor

HARMFUL = ("/api/v1/fleet/poll", "/api/v1/fleet/discover", "/api/v1/access/relogin")
"""Allowed ones that would take long; that they are refused is tried all the same."""

STREAMS = ("/api/v1/events/stream", "/api/v1/logs/stream")


def filled(path: str) -> str:
    """Return a path with something in place of each parameter."""
    return "/".join("1" if part.startswith("{") else part for part in path.split("/"))


def lower(scope: str) -> Iterator[str]:
    """Yield the widest scopes that do not hold this one, and one of another area."""
    area, _, level = scope.partition(":")
    others = {name: held for name, held in LEVELS.items() if level not in held}
    for name, held in others.items():
        if not any(held < wider for wider in others.values()):
            yield f"{area}:{name}"
    yield "elsewhere:admin"


async def refused(program: Visitor, method: str, path: str) -> bool:
    """Return whether the scope is refused, and nothing else."""
    response = await program.request(method, filled(path), content=b"{")
    return response.status_code == 403 and "takes the scope" in response.json()["detail"]


async def document(visitor: Visitor) -> dict[str, Any]:
    """Return the document."""
    found: dict[str, Any] = (await visitor.get("/api/openapi.json")).json()
    return found


async def test_scopes_and_operations(shared: Consoles) -> None:
    """No client is let in without the scope that the document names, and any with just that."""
    stranger = await shared.visitor()
    described = await document(stranger)
    programs: dict[str, Visitor] = {}

    async def program(scope: str) -> Visitor:
        if scope not in programs:
            programs[scope] = await shared.program(scope)
        return programs[scope]

    open_to_all = set()
    for path, method, operation in operations(described):
        scope = operation.get(SCOPE)
        if scope is None:
            open_to_all.add((method, path))
            continue
        unknown = await stranger.request(method, filled(path), content=b"{")
        assert unknown.status_code == 401, (method, path)
        if not scope:
            continue
        for less in lower(scope):
            assert await refused(await program(less), method, path), (method, path, less)
        if path not in (*STREAMS, *HARMFUL):
            allowed = await program(scope)
            assert not await refused(allowed, method, path), (method, path, scope)
    assert open_to_all == {
        ("get", "/healthz"),
        ("get", "/readyz"),
        ("get", "/api/v1/session"),
        ("post", "/api/v1/session"),
        ("post", "/api/v1/session/link"),
        ("post", "/api/v1/session/link/check"),
        ("post", "/api/v1/passkeys/sign-in"),
        ("post", "/api/v1/passkeys/sign-in/options"),
    }


async def test_the_document_is_complete(shared: Consoles) -> None:
    """Every operation says what it does, what comes back, and how it can be refused."""
    described = await document(await shared.visitor())
    names = []
    for path, method, operation in operations(described):
        where = f"{method} {path}"
        names.append(operation["operationId"])
        assert operation["summary"], where
        responses = operation["responses"]
        good = [responses[status] for status in responses if status.startswith("2")]
        assert good, where
        assert all(one["description"] for one in responses.values()), where
        if "204" not in responses:
            assert all(one.get("content") for one in good), where
        for status, response in responses.items():
            if not status.startswith("2"):
                assert list(response["content"]) == ["application/problem+json"], where
    assert len(names) == len(set(names))
    assert {tag["name"] for tag in described["tags"]} >= {"fleet", "session"}
    assert all(tag["description"] for tag in described["tags"])
    assert "HTTPValidationError" not in str(described)


async def test_changes_are_in_the_audit_log(shared: Consoles) -> None:
    """Each in the name of who has made it, with what it was about."""
    ann = await shared.operator()
    name = (await ann.state())["operator"]["name"]
    changes: tuple[tuple[str, str, Any, tuple[str, str]], ...] = (
        ("POST", "blocklist", {"mesh_id": "one"}, ("block", "one")),
        ("DELETE", "blocklist/one", None, ("unblock", "one")),
        ("POST", "fleet/start", {"all": True}, ("mesh.start", "all meshes")),
        ("POST", "fleet/stop", {"all": True}, ("mesh.stop", "all meshes")),
        ("POST", "fleet/restart", {"all": True}, ("mesh.restart", "all meshes")),
        ("POST", "settings/reload", None, ("config.reload", "settings")),
        ("POST", "jobs/hold", {"scope": "all"}, ("jobs.hold", "everything")),
        ("POST", "jobs/release", {"scope": "all"}, ("jobs.release", "everything")),
        ("POST", "access/admins", {"user_id": "7"}, ("admin.add", "7")),
        ("POST", "access/refresh", None, ("refresh", "directory")),
        ("POST", "schedules/data-cleanup/disable", None, ("schedules.disable", "data-cleanup")),
        ("POST", "operators/links", {"role": "viewer"}, ("operators.link", "viewer")),
        ("POST", "tokens", {"name": "told", "scopes": ["jobs:view"]}, ("token.add", "told")),
        ("DELETE", "tokens/told", None, ("token.revoke", "told")),
    )
    for method, path, body, _ in changes:
        done = await ann.request(method, f"/api/v1/{path}", json=body)
        assert done.is_success, (path, done.text)
    entries = (await ann.get("/api/v1/audit?limit=100")).json()["entries"]
    noted = {(one["action"], one["subject"]) for one in entries if one["actor"] == f"web:{name}"}
    assert {entry for *_, entry in changes} <= noted


async def test_a_thousand_connections(shared: Consoles) -> None:
    """More than are served get an error, and those that stay quiet cost others nothing."""
    visitor = await shared.visitor()
    host, port = visitor.base_url.host, visitor.base_url.port
    assert port is not None
    writers = []
    try:
        for _ in range(1000):
            _, writer = await asyncio.open_connection(host, port)
            writers.append(writer)

        async def noted() -> bool:
            try:
                response = await visitor.get("/healthz")
            except httpx.TransportError:
                return False
            return response.status_code in (200, 503)

        assert await noted()
    finally:
        for writer in writers:
            writer.close()

    async def served() -> bool:
        return (await visitor.get("/healthz")).status_code == 200

    await shared.fleet.until_told(served, "connections to be free again")


@pytest.mark.parametrize("path", ["/api/v1/blocklist", "/api/v1/fleet/meshes", "/api/v1/events"])
@pytest.mark.some(2)
async def test_a_token_that_is_none(shared: Consoles, path: str) -> None:
    """It is refused, whatever it is."""
    for header in ("Bearer x", "Bearer", "Basic YTpi", "Bearer " + "x" * 4000, "Bearer ü"):
        visitor = await shared.visitor()
        response = await visitor.get(path, headers={b"Authorization": header.encode()})
        assert response.status_code == 401
