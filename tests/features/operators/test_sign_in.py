"""Operators, sessions and tokens, as people and programs meet them over HTTP."""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from meshvisor.shared.paths import Home
from meshvisor.shared.scopes import ROLES
from tests.console_client import PASSWORD, Consoles, Visitor, running


@pytest.fixture(scope="module")
def _of_module() -> Iterator[Consoles]:
    with running() as made:
        yield made


@pytest.fixture
async def shared(_of_module: Consoles) -> AsyncIterator[Consoles]:
    """Return one that the tests of this module share."""
    yield _of_module
    await _of_module.leave()


@pytest.fixture
async def console(home: Home) -> AsyncIterator[Consoles]:
    """Return a running supervisor with its console."""
    made = Consoles(home)
    try:
        await made.start()
        yield made
    finally:
        await made.close()


async def test_the_first_operator(console: Consoles) -> None:
    """No one is let in before the link was used, which works once and makes an owner."""
    stranger = await console.visitor()
    state = await stranger.state()
    assert (state["operator"], state["needs_first_operator"]) == (None, True)
    assert (await stranger.get("/api/v1/operators")).status_code == 401
    secret = await console.link()
    short = {"secret": secret, "name": "ann", "password": "short"}
    refused = await stranger.post("/api/v1/session/link", json=short)
    assert (refused.status_code, "10 to 256" in refused.json()["detail"]) == (400, True)
    ann = await console.by_link(secret, "ann")
    assert (await ann.state())["operator"]["role"] == "owner"
    again = {"secret": secret, "name": "bob", "password": PASSWORD}
    assert (await stranger.post("/api/v1/session/link", json=again)).status_code == 404
    assert (await stranger.state())["needs_first_operator"] is False
    cookie = str(ann.cookies.jar)
    assert "meshvisor_session" in cookie
    # Neither the link nor what is kept of the password is in the log or in answers.
    log = console.fleet.log() + console.fleet.log(source="console")
    assert secret not in log
    assert "argon2" not in log + (await ann.get("/api/v1/operators")).text


async def test_a_session(shared: Consoles) -> None:
    """It needs the password, its changes the CSRF token, and it ends when it is ended."""
    ann = await shared.operator()
    name = (await ann.state())["operator"]["name"]
    other = await shared.visitor()
    wrong = await other.sign_in(name, "another long password")
    unknown = await other.sign_in("nobody", "another long password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert (await other.sign_in(name)).status_code == 200

    csrf = other.headers.pop("X-CSRF-Token")
    token = {"name": "of-session", "scopes": ["jobs:view"]}
    assert (await other.post("/api/v1/tokens", json=token)).status_code == 403
    other.headers["X-CSRF-Token"] = csrf
    assert (await other.post("/api/v1/tokens", json=token)).status_code == 201

    sessions = (await ann.get("/api/v1/operators/me/sessions")).json()["sessions"]
    assert len(sessions) == 2
    await ann.delete(f"/api/v1/operators/me/sessions/{sessions[0]['id']}")
    assert (await other.get("/api/v1/tokens")).status_code == 401
    assert (await ann.delete("/api/v1/session")).status_code == 204
    assert (await ann.get("/api/v1/tokens")).status_code == 401

    entries = (await shared.fleet.ask("audit"))["entries"]
    noted = [(entry["actor"], entry["action"], entry["subject"]) for entry in entries]
    assert (f"web:{name}", "token.add", "of-session") in noted
    assert {actor for actor, action, _ in noted if action == "operators.refused"} == {"web:unknown"}


async def test_tries_are_slowed_down(console: Consoles) -> None:
    """After some failures the name has to wait, also with the right password."""
    await console.first_operator()
    visitor = await console.visitor()
    codes = [(await visitor.sign_in("ann", "a wrong password")).status_code for _ in range(7)]
    assert codes[:5] == [401] * 5
    assert codes[-1] == 429
    right = await visitor.sign_in("ann")
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) >= 1


async def test_a_password_is_changed(shared: Consoles) -> None:
    """All other sessions end, and the old one is worth nothing; a link gives a new one."""
    ann, other = await shared.operator(), await shared.visitor()
    name = (await ann.state())["operator"]["name"]
    await other.sign_in(name)
    body = {"current": PASSWORD, "new": "quite another password"}
    assert (await ann.put("/api/v1/session/password", json=body)).status_code == 204
    assert (await other.get("/api/v1/tokens")).status_code == 401
    assert (await ann.get("/api/v1/tokens")).status_code == 200
    assert (await other.sign_in(name)).status_code == 401

    made = json.loads((await shared.fleet.command("operators", "reset", name, "--json")).out)
    assert made["link"].startswith(await shared.url())
    back = await shared.by_link(made["secret"], None)
    assert (await back.state())["operator"]["name"] == name
    assert (await ann.get("/api/v1/tokens")).status_code == 401


async def test_roles(console: Consoles) -> None:
    """No operator does or gives more than their role allows, and there is always an owner."""
    ann = await console.first_operator()
    link = (await ann.post("/api/v1/operators/links", json={"role": "viewer"})).json()
    bob = await console.by_link(link["secret"], "bob")
    assert (await bob.get("/api/v1/operators")).status_code == 200
    refused = await bob.post("/api/v1/tokens", json={"name": "x", "scopes": ["jobs:view"]})
    assert refused.status_code == 403
    assert "tokens:edit" in refused.json()["detail"]
    assert (await bob.patch("/api/v1/operators/ann", json={"role": "viewer"})).status_code == 403

    named = {"role": "viewer", "operator": "eve"}
    of_eve = (await ann.post("/api/v1/operators/links", json=named)).json()
    eve = await console.by_link(of_eve["secret"], "mallory")
    assert (await eve.state())["operator"]["name"] == "eve"

    assert (await ann.patch("/api/v1/operators/bob", json={"role": "admin"})).status_code == 200
    more = await bob.post("/api/v1/tokens", json={"name": "x", "scopes": ["jobs:admin"]})
    assert more.status_code == 403
    less = await bob.post("/api/v1/tokens", json={"name": "x", "scopes": ["jobs:edit"]})
    assert less.status_code == 201

    last = await ann.patch("/api/v1/operators/ann", json={"role": "viewer"})
    assert (last.status_code, "only owner" in last.json()["detail"]) == (400, True)
    assert (await ann.delete("/api/v1/operators/bob")).status_code == 200
    assert (await bob.get("/api/v1/operators")).status_code == 401
    assert (await ann.delete("/api/v1/operators/nobody")).status_code == 404


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("target", ROLES)
async def test_no_one_manages_those_who_may_more(shared: Consoles, role: str, target: str) -> None:
    """Who manages operators reaches no one, and gives nothing, beyond their own scopes."""
    manager = await shared.program("operators:admin", *ROLES[role])
    only_manager = await shared.program("operators:admin")
    ranks = list(ROLES)
    victim = await shared.operator(target)
    name = (await victim.state())["operator"]["name"]
    path, link = f"/api/v1/operators/{name}", {"operator": name}
    is_within = ranks.index(target) <= ranks.index(role)

    async def change(program: Visitor) -> list[int]:
        return [
            (await program.post("/api/v1/operators/links", json=link)).status_code,
            (await program.delete(f"/api/v1/passkeys/of/{name}")).status_code,
            (await program.delete(f"{path}/sessions")).status_code,
            (await program.patch(path, json={"role": target})).status_code,
        ]

    assert await change(only_manager) == [403] * 4
    assert (await only_manager.delete(path)).status_code == 403
    assert (await victim.state())["operator"] is not None
    given = await manager.post("/api/v1/operators/links", json={"role": target})
    assert given.status_code == (201 if is_within else 403)
    if not is_within:
        lowered = await manager.patch(path, json={"role": role})
        assert (lowered.status_code, name in lowered.json()["detail"]) == (403, True)
    for more in ranks[ranks.index(role) + 1 :]:
        raised = await manager.patch(path, json={"role": more})
        assert raised.status_code == 403
    assert await change(manager) == ([201, 200, 200, 200] if is_within else [403] * 4)
    assert (await manager.delete(path)).status_code == (200 if is_within else 403)


async def test_a_link_of_the_old_role_is_over(shared: Consoles) -> None:
    """One who may reset a viewer is not signed in as the owner that the viewer became."""
    manager = await shared.program("operators:admin", "*:view")
    victim = await shared.operator("viewer")
    name = (await victim.state())["operator"]["name"]
    made = await manager.post("/api/v1/operators/links", json={"operator": name})
    owner = await shared.program("*:admin")
    raised = await owner.patch(f"/api/v1/operators/{name}", json={"role": "owner"})
    assert raised.status_code == 200
    used = {"secret": made.json()["secret"], "password": PASSWORD}
    assert (await manager.post("/api/v1/session/link", json=used)).status_code == 404


async def test_a_token(shared: Consoles) -> None:
    """A program does what its scopes allow, needs no CSRF token, and nothing once it is revoked."""
    program = await shared.program("tokens:edit")
    assert (await program.get("/api/v1/operators")).status_code == 403
    made = await program.post("/api/v1/tokens", json={"name": "ci", "scopes": ["tokens:view"]})
    assert made.status_code == 201
    assert made.json()["token"].startswith("mvt_")
    twice = await program.post("/api/v1/tokens", json={"name": "ci", "scopes": ["tokens:view"]})
    assert twice.status_code == 409
    listed = json.loads((await shared.fleet.command("token", "list", "--json")).out)["tokens"]
    assert {one["name"]: one["created_by"] for one in listed}["ci"].startswith("token:")
    await shared.fleet.command("token", "revoke", "ci")
    other = await shared.visitor(headers={"Authorization": f"Bearer {made.json()['token']}"})
    assert (await other.get("/api/v1/tokens")).status_code == 401
    wrong = await other.post("/api/v1/tokens", json={"name": "A b", "scopes": []})
    assert wrong.status_code == 401  # before anything of the request is read


async def test_a_wrong_field(shared: Consoles) -> None:
    """The answer names each field, and says what is allowed."""
    program = await shared.program("tokens:edit")
    response = await program.post("/api/v1/tokens", json={"name": "A b", "scopes": ["fly:high"]})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert {"name", "scopes.0"} <= {error["field"] for error in problem["errors"]}
    assert "small letters" in problem["detail"]
    broken = await program.post(
        "/api/v1/tokens", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert (broken.status_code, broken.json()["detail"]) == (
        422,
        "The body is wrong: it is no JSON.",
    )


async def test_what_is_no_passkey_is_refused(shared: Consoles) -> None:
    """Whatever is sent in its place, under an address, or by a client that does not know the
    password; and tries are slowed down as those of passwords are.
    """
    ann = await shared.operator()
    by_address = await ann.post("/api/v1/passkeys/sign-in/options")
    assert (by_address.status_code, "belongs to a name" in by_address.json()["detail"]) == (
        400,
        True,
    )
    localhost = {"Host": f"localhost:{ann.base_url.port}"}
    right = {"password": PASSWORD}
    made = await ann.post("/api/v1/passkeys/options", json=right, headers=localhost)
    assert made.json()["authenticatorSelection"]["userVerification"] == "required"
    options = (await ann.post("/api/v1/passkeys/sign-in/options", headers=localhost)).json()
    signed = base64.urlsafe_b64encode(json.dumps({"challenge": options["challenge"]}).encode())
    response = {"clientDataJSON": signed.decode().rstrip("=")}
    credentials: tuple[dict[str, Any], ...] = (
        {"id": "a", "rawId": "a", "type": "public-key", "response": response},
        {"id": "\ud800", "response": {"clientDataJSON": "%%%"}},
        {"id": {}, "response": []},
    )
    for credential in credentials:
        text = json.dumps({"credential": credential})
        json_headers = {**localhost, "Content-Type": "application/json"}
        tried = await ann.post("/api/v1/passkeys/sign-in", content=text, headers=json_headers)
        assert tried.status_code in {401, 429}, tried.text
        text = json.dumps({"credential": credential, "name": "x"})
        kept = await ann.post("/api/v1/passkeys", content=text, headers=json_headers)
        assert kept.status_code == 400, kept.text
    body = {"password": "a wrong password"}
    wrong = await ann.post("/api/v1/passkeys/options", json=body, headers=localhost)
    assert wrong.status_code in {401, 429}
    program = await shared.program("*:admin")
    assert (await program.post("/api/v1/passkeys/options", json=right)).status_code == 400
    assert (await program.get("/api/v1/passkeys")).json() == {"passkeys": []}
    assert (await program.delete("/api/v1/passkeys/7")).status_code == 400
    assert (await program.delete("/api/v1/passkeys/options")).status_code == 405


async def test_a_session_ends_by_itself(shared: Consoles) -> None:
    """After too long without a request, and after its longest time however busy it was."""
    for column, milliseconds in (("seen_at", 13 * 3_600_000), ("expires_at", 31 * 86_400_000)):
        ann = await shared.operator()
        number = (await ann.state())["operator"]["session"]
        with contextlib.closing(sqlite3.connect(shared.fleet.home.database)) as db, db:
            statement = f"UPDATE operator_sessions SET {column} = {column} - ? WHERE id = ?"
            db.execute(statement, (milliseconds, number))
        assert (await ann.get("/api/v1/tokens")).status_code == 401, column
        assert (await ann.state())["operator"] is None
