"""Notifications over HTTP: how users are notified."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.console_client import Consoles, running


@pytest.fixture(scope="module")
def _of_module() -> Iterator[Consoles]:
    with running({"channels.hook": {"url": "json://127.0.0.1:9/"}}) as made:
        yield made


@pytest.fixture
async def console(_of_module: Consoles) -> AsyncIterator[Consoles]:
    """Return a running supervisor with its console."""
    yield _of_module
    await _of_module.leave()


async def test_preferences(console: Consoles) -> None:
    """What is given is changed, the rest stays; mistakes are answered in a sentence."""
    program = await console.program("notifications:edit")
    preferences = "/api/v1/notifications/preferences"
    path = f"{preferences}/12345"
    (unset,) = (await program.get(path)).json()["preferences"]
    assert (unset["channels"], unset["source"]) == (["chat"], "default")
    first = await program.patch(path, json={"channels": ["hook"], "severity": "warning"})
    assert first.status_code == 200
    second = await program.patch(path, json={"quiet_hours": "20:00-09:00"})
    (changed,) = second.json()["preferences"]
    assert (changed["channels"], changed["severity"]) == (["hook"], "warning")
    assert changed["quiet_hours"] == "20:00-09:00"
    assert (await program.get(preferences)).json() == second.json()
    for wrong, said in (({"channels": ["hok"]}, "did you mean hook"), ({}, "is to be changed")):
        refused = await program.patch(path, json=wrong)
        assert refused.status_code in (400, 404)
        assert said in refused.json()["detail"]
    assert (await program.patch(path, json={"channels": "hook"})).status_code == 422
    assert (await program.delete(path)).json()["preferences"] == [unset]
    assert (await program.get(preferences)).json()["preferences"] == []
