"""docs/login.md says what the code does: a user may have built an adapter by it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.features.watch_party.supervisor.login.login import Login
from meshvisor.features.watch_party.supervisor.login.options import Identity, LoginOptions
from meshvisor.supervisor.platform.signing import signature
from tests.supervisor.platform.platform import Platform


@pytest.fixture(scope="module")
def text(project: Path) -> str:
    """Return the page."""
    return (project / "docs" / "login.md").read_text()


def exchanges(text: str) -> list[tuple[str, str, Any, Any]]:
    """Return method, address, request and answer of each step that the page shows."""
    found = []
    blocks = re.findall(r"^```\n(GET|POST) (\S+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for method, address, rest in blocks:
        request, _, answer = rest.partition("\n\n") if method == "POST" else ("", "", rest)
        found.append((method, address, json.loads(request or "null"), json.loads(answer)))
    return found


async def test_a_platform_as_the_page_has_it(text: str, platform: Platform) -> None:
    """A platform that answers as the page shows it is asked exactly as the page shows it."""
    steps = exchanges(text)
    assert len(steps) == 5
    answers = {(method, address): answer for method, address, _, answer in steps}

    def answer(request: web.Request) -> object:
        return answers[request.method, request.path_qs]

    platform.answer = answer
    documented = steps[3][2]
    identity = Identity(steps[0][2]["email"], documented["deviceId"], documented["ssaid"])
    login = Login(LoginOptions.of(PlatformSettings(url=platform.url)))
    sent = await login.request_link(identity)
    jwt = await login.wait_until_clicked(identity, sent, lambda *_: None)
    account = await login.complete(identity, jwt, lambda *_: None)

    assert [(r.method, r.path_qs) for r in platform.requests] == list(answers)
    assert [json.loads(body or b"null") for body in platform.bodies] == [s[2] for s in steps]
    assert account.peer_id == f"12345_{documented['deviceId']}"
    assert platform.requests[-1].headers["Authorization"] == "Bearer 70cee7"


def test_every_setting(text: str) -> None:
    """The table has each setting of the login with its default, in the model's order."""
    table = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", text, flags=re.MULTILINE))
    defaults = PlatformSettings().model_dump(mode="json")
    assert {name: json.loads(value) for name, value in table.items()} == {
        name: value
        for name, value in defaults.items()
        if name not in {"url", "server", "allow_plain_servers"}
    }
    assert list(table) == [name for name in defaults if name in table]


def test_the_signature(text: str) -> None:
    """The example and the code agree."""
    assert f"`{signature('key', 1_700_000_000_123, '70cee7', 0)}`" in text
