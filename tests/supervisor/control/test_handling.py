"""Handlers: what they are given, what they may return, and who brings them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from meshvisor.shared.control.request import Request
from meshvisor.shared.control.results import LogsLive, VersionReport
from meshvisor.shared.errors import UsageError
from meshvisor.shared.feature import features
from meshvisor.shared.paths import Home
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.control.handling import Call, Stream, handles
from meshvisor.supervisor.control.registry import by_kind
from meshvisor.supervisor.control.server import ControlServer
from meshvisor.supervisor.services import Services
from tests.stopping import stopping
from tests.supervisor.control.conftest import Raw
from tests.supervisor.control.test_server import connect_to

PROJECT = Path(__file__).parents[3]


class Count(Request):
    """Stream so many events."""

    type: Literal["count"] = "count"
    events: int


@handles(Count)
async def count(request: Count, call: Call) -> Stream:
    """Yield them, and fail after the last where the service of the test is there."""
    if request.events < 0:
        raise UsageError("That is less than none.")
    for _ in range(request.events):
        yield LogsLive()
    if call.find(Fault):
        raise UsageError("That was it.")


class Name(Request):
    """Say what the service is called."""

    type: Literal["name"] = "name"


@handles(Name)
async def name(_request: Name, call: Call) -> VersionReport:
    """Take it from the service."""
    return VersionReport(version=call.need(Fault).name, control_version=1, pid=1)


class Fault:
    """A service."""

    name = "fault"


async def asked(home: Home, services: Services, *requests: dict[str, object]) -> list[object]:
    """Return all that a server with these two handlers answers."""
    server = ControlServer(home.control_socket, services, by_kind([count, name]))
    await server.start()
    raw: Raw = await connect_to(home)
    for request in requests:
        raw.send({"id": 1, **request})
        frames = [await raw.receive()]
        while "ok" not in frames[-1]:
            frames.append(await raw.receive())
    raw.close()
    await server.stop(stopping())
    return [frame.get("event") or frame.get("error") or frame["result"] for frame in frames]


async def test_a_stream(home: Home) -> None:
    """Its events come one by one, then the reply."""
    live = {"live": True}
    assert await asked(home, Services(), {"type": "count", "events": 3}) == [live, live, live, None]


async def test_a_stream_that_fails(home: Home) -> None:
    """Before its first event or after it, its error is the reply."""
    services = Services()
    services.provide(Fault, Fault())
    answers = await asked(home, services, {"type": "count", "events": 1})
    assert answers == [{"live": True}, "That was it."]
    assert await asked(home, services, {"type": "count", "events": -1}) == [
        "That is less than none."
    ]


async def test_services(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    """A handler takes what it needs; a service that no feature provides is a bug that is logged."""
    services = Services()
    (said,) = await asked(home, services, {"type": "name"})
    assert "its log says why" in str(said)
    assert "no feature provides a Fault" in caplog.text
    services.provide(Fault, Fault())
    (answer,) = await asked(home, services, {"type": "name"})
    assert answer == {"version": "fault", "control_version": 1, "pid": 1}


WITHOUT_FEATURES = """
import asyncio, json, sys
from pathlib import Path
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.control.results import ReloadReport
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.kernel import LogSettings
from meshvisor.shared.prepared_home import prepare_home
from meshvisor.shared.store.late import LateStore
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.control.server import ControlServer
from meshvisor.supervisor.life import Life
from meshvisor.supervisor.logs.collector import LogCollector
from meshvisor.supervisor.reporting import Reporting
from meshvisor.supervisor.service_contract import Stopping
from meshvisor.supervisor.services import Services
from meshvisor.supervisor.status_report import StatusReporter

class Alone:
    state, started_at, skipped_plugins = "running", 0.0, ()
    def refuse_while_stopping(self): pass
    async def reload(self): return ReloadReport(changed=("a",))
    def request_shutdown(self, reason, *, insists): self.state = "stopping"

def ask(home):
    with ControlClient(home.root) as client:
        said = {kind: client.request(kind) for kind in ("version", "status", "reload", "shutdown")}
        said["logs"] = list(client.stream("logs"))
        for kind in ("jobs_list", "block"):
            try:
                client.request(kind)
            except MeshvisorError as error:
                said[kind] = str(error)
    return said

async def main(home):
    prepare_home(home)
    services, life, clock = Services(), Alone(), SystemClock()
    logs = LogCollector(home.logs, LogSettings(), clock)
    services.provide(Life, life)
    services.provide(StatusReporter, StatusReporter(life, Reporting(), clock))
    services.provide(LogCollector, logs)
    database = LateStore(home.database)
    services.provide(AuditLog, AuditLog(database, clock))
    server = ControlServer(home.control_socket, services)
    await server.start()
    said = await asyncio.to_thread(ask, home)
    await server.stop(Stopping(0, asyncio.Event()))
    await database.close()
    logs.close()
    said["loaded"] = sorted(name for name in sys.modules if ".requests" in name)
    print(json.dumps(said))

asyncio.run(main(Home(Path(sys.argv[1]))))
"""


def test_without_features(home: Home) -> None:
    """The kernel answers for itself; what a feature would have answered is no request there."""
    names = ",".join(feature.name for feature in features())
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_FEATURES, str(home.root)],
        env={**os.environ, "MESHVISOR_WITHOUT": names},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert set(said["status"]) == {"supervisor"}
    assert said["status"]["supervisor"]["state"] == "running"
    assert said["reload"]["changed"] == ["a"]
    assert (said["version"]["control_version"], said["shutdown"]) == (1, None)
    assert "shutdown supervisor: done" in json.dumps(said["logs"][-1])
    there = (
        "there are audit, events, events_follow, logs, reload, settings, shutdown, status, version."
    )
    assert said["jobs_list"] == f"'jobs_list' is no request; {there}"
    assert said["block"] == f"'block' is no request; {there}"
    assert all(name.startswith("meshvisor.supervisor.control") for name in said["loaded"])


async def test_no_change_goes_unaudited() -> None:
    """A handler that notes what was done where there is no audit log is a mistake, and fails."""
    with pytest.raises(LookupError, match="AuditLog"):
        await Call(Actor("ann", "command line"), Services()).note("block", "lobby")
