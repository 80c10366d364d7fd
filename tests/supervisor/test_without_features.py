"""A supervisor runs without any feature, and without each that no other needs.

What `MESHVISOR_WITHOUT` says holds for its children and for the commands that ask it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.feature import features
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import Fleet, server_settings

ALL = tuple(feature.name for feature in features())

HARMLESS = {
    "access": ("admin", "list"),
    "background": ("list-processes",),
    "blocklist": ("blocklist", "list"),
    "console": ("console", "--help"),
    "fleet": ("meshes", "list"),
    "jobs": ("jobs", "list"),
    "operators": ("operators", "list"),
    "playground": ("playground", "--help"),
    "records": ("records", "list"),
    "reports": ("reports", "list"),
    "schedules": ("schedules", "list"),
    "station": ("station", "alerts", "list"),
    "statistics": ("stats", "--help"),
}
"""A command of each feature that changes nothing."""


def dependents(name: str) -> set[str]:
    """Return a feature and all that cannot be without it."""
    found = {name}
    for feature in features():  # each behind those that it requires
        if found & set(feature.requires):
            found.add(feature.name)
    return found


async def started(fleet: Fleet) -> None:
    """Start a supervisor and return when it runs, whatever else its status tells."""
    fleet.launch()

    async def runs() -> bool:
        assert fleet.running, f"it ended while it started:\n{fleet.output}"
        try:
            return bool((await fleet.ask("status"))["supervisor"]["state"] == "running")
        except MeshvisorError:
            return False

    await fleet.until_told(runs, "the supervisor to run")


@pytest.fixture
async def fleet(
    request: pytest.FixtureRequest, home: Home, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Fleet]:
    """Return a running supervisor without the features that the test names."""
    monkeypatch.setenv("MESHVISOR_WITHOUT", ",".join(sorted(request.param)))
    if "console" in request.param:
        monkeypatch.delenv("MESHVISOR__CONSOLE__ENABLED")  # a setting of what is left out
    running = Fleet(home, {})
    await started(running)
    yield running
    await running.close()


@pytest.mark.parametrize("fleet", [set(ALL)], indirect=True)
async def test_the_kernel_alone(fleet: Fleet) -> None:
    """It says how it is, reads its settings again, shows its log, and stops when it is asked to."""
    status = json.loads((await fleet.command("status", "--json")).out)
    assert status.keys() == {"supervisor"}
    assert status["supervisor"]["state"] == "running"
    assert status["supervisor"]["problems"] == []
    assert "is running" in (await fleet.command("status")).out
    assert (await fleet.command("config", "reload")).code == 0
    assert "settings read again" in (await fleet.command("logs")).out
    assert (await fleet.command("events", "--json")).code == 0
    unknown = await fleet.command("jobs", "list")
    assert (unknown.code, "is of the feature jobs, which" in unknown.err) == (2, True), unknown
    refused = await fleet.command("run", "--playground")
    assert (refused.code, "MESHVISOR_WITHOUT leaves out" in refused.err) == (2, True), refused
    assert (await fleet.command("shutdown")).code == 0


@pytest.mark.parametrize("many", [False, pytest.param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize("fleet", [dependents(name) for name in ALL], indirect=True, ids=ALL)
async def test_each_feature_left_out(
    fleet: Fleet, request: pytest.FixtureRequest, many: bool
) -> None:
    """Without one, and those that need it, all others answer; few of them are asked each time."""
    left_out = request.node.callspec.params["fleet"]
    assert (await fleet.command("status")).code == 0
    there = [name for name in HARMLESS if name not in left_out]
    missing = [name for name in HARMLESS if name in left_out]
    number = ALL.index(request.node.callspec.id.split("-")[0])
    few = [there[number % len(there)], *missing[:1]]
    for name in HARMLESS if many else few:
        outcome = await fleet.command(*HARMLESS[name])
        assert outcome.code == (2 if name in left_out else 0), (name, outcome)


async def test_bots_without_jobs(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker connects, answers commands of its own, and knows none about jobs."""
    monkeypatch.setenv("MESHVISOR_WITHOUT", ",".join(sorted(dependents("jobs"))))
    async with Playground(["lobby"]) as playground:
        settings = server_settings(playground)
        del settings["scheduling"]  # of a feature that requires jobs
        fleet = Fleet(home, settings)
        await started(fleet)
        await fleet.mesh_is("lobby", MeshState.CONNECTED)
        assert (await playground.ask("lobby", "?ping")).text == "pong"
        assert "I do not know ?jobs" in (await playground.ask("lobby", "?jobs")).text
        await fleet.close()


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("job", "names 'job', which is no feature; there are access, background"),
        ("access", "leaves out access, which fleet requires; leave out both"),
    ],
)
async def test_what_cannot_be_left_out(
    home: Home, monkeypatch: pytest.MonkeyPatch, without: str, said: str
) -> None:
    """One sentence says what is wrong, and nothing is started."""
    monkeypatch.setenv("MESHVISOR_WITHOUT", without)
    outcome = await Fleet(home, {}).command("meshes", "list")
    assert (outcome.code, said in outcome.err) == (2, True), outcome
