"""A fleet in which something goes on: what pictures show, and what tests of all pages look at.

async with lively(home) as fleet:
    page = await become_owner(fleet.console, browser)

Meshes are in different states, lanes have jobs that run, wait and have failed, schedules have runs
that went well and ones that did not.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from meshvisor.features.background.cancelling import cancel, wait_for
from meshvisor.features.background.folder import VARIABLE
from meshvisor.features.background.looking import look_at_all
from meshvisor.features.background.names import Files
from meshvisor.features.background.starting import start
from meshvisor.features.statistics.aggregation.run import Wanted, aggregate
from meshvisor.features.statistics.generation.synthetic import Plan, generate
from meshvisor.features.statistics.store.database import database_of, open_database
from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.console_client import Consoles, Visitor
from tests.fleet import server_settings

ROOMS: Final = ("arcade", "cinema", "den", "garage", "library", "lobby", "workshop")

PLUGIN: Final = """
@action("addplayer", priority=2, lane="game-api", retries=0)
async def add_player(job):
    async for item in job.items():
        if item.key.startswith("x"):
            await item.failed("there is no such player")
        elif item.key.startswith("slow"):
            await asyncio.sleep(3600)
        else:
            await item.done({"name": item.key})

@action("redeem", lane="game-api", retries=0)
async def redeem(job):
    async for item in job.items():
        await item.done()

@action("daily-roi", needs_mesh=False, lane="reports", retries=0)
async def roi(job):
    if job.data.get("fails"):
        raise ValueError("the price list of today is not there yet")
"""

CHANNEL: Final = {"url": "json://127.0.0.1:9/hook", "attempts": 1, "timeout": 5}
"""Where no server listens."""

PUMP: Final = {
    "message": "No answer since noon.\nThe second one runs at its limit.",
    "dedup_key": "pump",
    "zone": "harbour",
}

ALERTS: Final[tuple[tuple[str, str, dict[str, str]], ...]] = (
    ("The gate stays open", "warning", {}),
    ("The pump does not answer", "critical", PUMP),
    ("The pump does not answer", "critical", PUMP),
    ("Ann presses the button of her radio", "emergency", {"user_id": "irc/ann"}),
    ("Little space is left on the disk", "warning", {"source": "backup"}),
    ("A new version is there", "info", {"source": "updates", "mesh_id": "lobby"}),
)
"""Title, severity and the rest of each."""

ZONES: Final[dict[str, dict[str, Any]]] = {
    "harbour": {
        "description": "Where the boats are",
        "circle": {"latitude": 38.7069, "longitude": -9.1442, "radius_m": 150},
    },
    "old-town": {
        "polygon": [[38.7095, -9.1405], [38.7118, -9.1362], [38.7136, -9.1388], [38.7113, -9.1429]],
        "dwell_s": 60,
    },
    "depot": {
        "circle": {"latitude": 38.7025, "longitude": -9.1385, "radius_m": 90},
        "enabled": False,
    },
}

USERS: Final[dict[str, tuple[str, list[str], list[tuple[float, float]]]]] = {
    "irc/ann": (
        "Ann",
        ["crew", "rescue"],
        [(38.7049 + step * 0.0004, -9.1402 - step * 0.0008) for step in range(6)],
    ),
    "12345": ("Bob", ["crew"], [(38.7113, -9.1396)]),
    "12346": ("Carla", [], [(38.7052, -9.1358)]),
    "12347": ("", [], []),
}
"""Name, groups and positions of each."""

_PATH: Final = re.compile(r'\bpath:\s*"([^"]+)"')


def paths(project: Path, examples: dict[str, str]) -> list[str]:
    """Return the path of every page that a feature of the console registers, filled in.

    Args:
        project: where the sources are.
        examples: for each page that shows one of many, one that is there.
    """
    found = set()
    for file in sorted(project.glob("console/web/src/features/*/index.ts")):
        found |= set(_PATH.findall(file.read_text(encoding="utf-8")))
    missing = [path for path in found if "$" in path and path not in examples]
    assert not missing, f"name an example of {', '.join(missing)} in tests/console/lively.py"
    return sorted(examples.get(path, path) for path in found)


@dataclass
class Lively:
    """What runs: the console and the mesh server behind it."""

    console: Consoles
    playground: Playground
    examples: dict[str, str]
    """For each page that shows one of many, the path of one that is there."""


@asynccontextmanager
async def lively(home: Home, **sections: Any) -> AsyncIterator[Lively]:
    """Start it and yield it when all of it is there."""
    async with Playground(list(ROOMS)) as playground:
        more = {"console": {"port": 0}, "channels.hook": CHANNEL, **sections}
        settings = server_settings(playground, **more)
        console = Consoles(home, settings)
        console.fleet.write_plugin("game", PLUGIN)
        commands = home.root / "background"
        try:
            await console.start(**{VARIABLE: str(commands)})
            _start_commands(commands)
            for room in ROOMS:
                await console.fleet.mesh_is(room, MeshState.CONNECTED)
            program = await console.program("*:admin")
            await asyncio.gather(
                _work(program), _plan(program), _trouble(program, playground), _station(program)
            )
            await _automate(program)
            await asyncio.to_thread(_use, console.fleet.home)
            examples = await _examples(program)
            await _settled(console, program)
            yield Lively(console, playground, examples)
        finally:
            for found in look_at_all(commands):
                if found.runs:
                    cancel(found, 0)
            await console.close()


def _use(home: Home) -> None:
    """Have two months of usage in the statistics, the second beside the first."""
    path, last = database_of(home), datetime.now(UTC).date() - timedelta(days=1)
    plan = Plan(
        first=last - timedelta(days=60),
        last=last,
        meshes=("lobby", "cinema", "den"),
        events=20,
        users=40,
        enriched=True,
        zone=ZoneInfo("UTC"),
    )
    with closing(open_database(path)) as db:
        generate(db, plan, lambda _percent, _task: None)
    aggregate(path, Wanted(zone=plan.zone), lambda _percent, _task: None)


def _start_commands(folder: Path) -> None:
    """Have a background command that runs, one that is completed and one that has failed."""
    report = "echo '@progress 40 Batch 8 of 20'; for n in 1 2 3 4 5 6 7 8; do echo batch $n; done; "
    start(Files(folder, "nightly-export"), ["sh", "-c", f"{report} sleep 3600"])
    for name, code in (("import", "echo '@progress 100'"), ("backup", "exit 3")):
        wait_for(start(Files(folder, name), ["sh", "-c", code]), None)


async def _trouble(program: Visitor, playground: Playground) -> None:
    """Leave most meshes as they are, stop one, block one and have one thrown out."""
    await _post(program, "/api/v1/fleet/stop", {"mesh_ids": ["garage"], "all": False})
    await _post(program, "/api/v1/blocklist", {"mesh_id": "arcade", "duration": 3600})
    playground.kick("library", await playground.wait_for_peer("library"))
    await _post(program, "/api/v1/fleet/restart", {"mesh_ids": ["den"], "all": False})
    for number in range(12):
        playground.say("lobby", f"?roll {number}")


async def _station(program: Visitor) -> None:
    """Have zones, users in groups, and alerts in every state and severity."""
    area = "/api/v1/station"
    for name, zone in ZONES.items():
        await _post(program, f"{area}/zones", {"name": name, **zone})
    for name, about in (("crew", "Those who keep it going"), ("rescue", "First aid")):
        await _post(program, f"{area}/groups", {"name": name, "description": about})
    for user, (name, groups, places) in USERS.items():
        realm, _, own = user.rpartition("/")
        path, where = f"{area}/users/{own}", f"?realm={realm}"
        known = await program.put(f"{path}{where}", json={"name": name, "groups": groups})
        assert known.is_success, known.text
        for latitude, longitude in places:
            place = {"latitude": latitude, "longitude": longitude, "accuracy_m": 8}
            await _post(program, f"{path}/position{where}", {**place, "mesh_id": "lobby"})
    for title, severity, more in ALERTS:
        await _post(program, f"{area}/alerts", {"title": title, "severity": severity, **more})
    await _post(program, f"{area}/alerts/2/acknowledge", {"note": "On my way"})
    await _post(program, f"{area}/alerts/2/notes", {"text": "The fuse was blown; a new one is in."})
    await _post(program, f"{area}/alerts/1/resolve", {"note": "It was the cable."})


async def _automate(program: Visitor) -> None:
    """Have a workflow that asks a user, one that fails, and one that is not active."""
    area = "/api/processes"
    ask = {"customizations": {"meshes": ["lobby", "den"]}}
    await _post(program, f"{area}/templates/approved-announcement/instantiate", ask)
    sos = {"customizations": {"mesh_id": "lobby", "is_active": False}}
    await _post(program, f"{area}/templates/sos-alert/instantiate", sos)
    failing = [
        {"id": "remember", "do": "set_variable", "with": {"meters": "{{ data.meters }}"}},
        {"id": "tell", "do": "send_message", "with": {"text": "The tide is in."}, "retries": 1},
    ]
    await _post(program, area, {"name": "tide", "triggers": ["manual"], "steps": failing})
    text = {"trigger_data": {"text": "The bridge is closed until noon."}}
    await _post(program, f"{area}/1/execute", text)
    await _post(program, f"{area}/tide/execute", {})


async def _work(program: Visitor) -> None:
    """Have jobs that are done, have failed, run, wait and are paused."""

    async def submit(action: str, mesh: str, items: list[str], priority: int = 5) -> int:
        body = {"action": action, "mesh_id": mesh, "items": items, "priority": priority}
        made: int = (await _post(program, "/api/v1/jobs", body))["job_id"]
        return made

    players = [f"{'x' if number % 9 == 4 else 'player'}-{number:03}" for number in range(60)]
    first = await submit("addplayer", "lobby", players)
    await _ended(program, first)
    await submit("addplayer", "cinema", [*players[:18], "slow-1", *players[18:]], priority=2)
    paused = await submit("redeem", "workshop", [f"CODE{number}" for number in range(30)])
    for mesh in ("lobby", "den", "cinema"):
        await submit("redeem", mesh, [f"GIFT{number}" for number in range(8)])
    cancelled = await submit("redeem", "den", ["OLD1", "OLD2"])
    await _post(program, "/api/v1/jobs/pause", {"job_ids": [paused]})
    await _post(program, "/api/v1/jobs/cancel", {"job_ids": [cancelled]})


async def _plan(program: Visitor) -> None:
    """Have schedules with runs that went well, one that fails and one that is disabled."""
    zone = {"timezone": "Asia/Kolkata"}
    for name, cron, more in (
        ("daily-roi", "0 0 * * *", zone),
        ("price-list", "*/15 * * * *", {"data": {"fails": True}}),
        ("weekly-summary", "30 6 * * 1", {}),
    ):
        body = {"name": name, "cron": cron, "action": "daily-roi", **more}
        await _post(program, "/api/v1/schedules", body)
    for name, runs in (("daily-roi", 9), ("price-list", 2), ("daily-roi", 3)):
        for _ in range(runs):
            started = await _post(program, f"/api/v1/schedules/{name}/start", None)
            await _ended(program, started["job_id"])
    await _post(program, "/api/v1/schedules/weekly-summary/disable", None)


async def _examples(program: Visitor) -> dict[str, str]:
    """Tell people something, have a report made, and return one of everything."""
    body = {"title": "The server moves at noon", "severity": "warning", "channels": ["hook"]}
    notification = await _post(program, "/api/v1/notifications", body)
    made = await _post(program, "/api/v1/jobs", {"action": "weekly-report", "mesh_id": "-"})
    await _ended(program, made["job_id"])
    report = (await program.get("/api/v1/reports")).json()["reports"][0]
    event = (await program.get("/api/v1/events?kinds=alert.created")).json()["events"][-1]
    return {
        "/fleet/$id": "/fleet/library",
        "/jobs/$id": "/jobs/1",
        "/alerts/$id": "/alerts/2",
        "/users/$id": "/users/irc%2Fann",
        "/workflows/$id": "/workflows/1",
        "/workflows/$id/revisions": "/workflows/1/revisions",
        "/workflows/events/$seq": f"/workflows/events/{event['seq']}",
        "/workflows/executions/$id": "/workflows/executions/2",
        "/background/$name": "/background/nightly-export",
        "/schedules/$name": "/schedules/daily-roi",
        "/notifications/$id": f"/notifications/{notification['id']}",
        "/reports/$key": f"/reports/{report['key']}",
    }


async def _settled(console: Consoles, program: Visitor) -> None:
    """Return when every mesh is as it is going to be."""
    wanted = {"garage": MeshState.STOPPED, "arcade": MeshState.BLOCKED}
    for room in ROOMS:
        state = MeshState.BLOCKED if room == "library" else wanted.get(room)
        await console.fleet.mesh_is(room, state or MeshState.CONNECTED)
    await program.aclose()


async def _ended(program: Visitor, job: int) -> None:
    async def find() -> bool:
        status = (await program.get(f"/api/v1/jobs/{job}")).json()["status"]
        return status in {"completed", "failed", "cancelled"}

    while not await find():
        await asyncio.sleep(0.02)


async def _post(program: Visitor, path: str, body: Any) -> Any:
    response = await program.post(path, json=body)
    assert response.is_success, f"{path}: {response.text}"
    return response.json()
