"""Statistics over HTTP: read without the supervisor, by those who may view them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from xml.etree import ElementTree

import pytest

from meshvisor.features.statistics.store.database import database_of, open_database
from tests.console_client import Consoles, running
from tests.features.statistics.usage import record, some_days
from tests.features.statistics.usage import run as aggregate

PATH = "/api/v1/statistics"


@pytest.fixture(scope="module")
def _of_module() -> Iterator[Consoles]:
    with running({}) as made:
        path = database_of(made.fleet.home)
        with closing(open_database(path)) as db:
            record(db, some_days())
        aggregate(path)
        yield made


@pytest.fixture
async def console(_of_module: Consoles) -> AsyncIterator[Consoles]:
    """Return a running supervisor with its console, and three days of usage."""
    yield _of_module
    await _of_module.leave()


async def test_days_hours_and_tops(console: Consoles) -> None:
    """They agree with each other, for all and for one mesh or user."""
    viewer = await console.program("statistics:view")
    found = (await viewer.get(f"{PATH}/days")).json()
    assert (found["first"], found["last"]) == ("2026-10-03", "2026-11-01")
    assert (found["recorded_since"], found["before"]) == ("2026-10-30", None)
    messages = sum(day["messages"] for day in found["days"])
    assert found["totals"]["messages"] == messages > 0
    sums = (await viewer.get(f"{PATH}/days?cumulative=true&first=2026-11-01")).json()
    assert sums["days"][-1]["messages"] == messages
    top = (await viewer.get(f"{PATH}/top/meshes")).json()["top"]
    assert sum(one["count"] for one in top) == messages
    one = (await viewer.get(f"{PATH}/days?mesh_id={top[0]['name']}")).json()
    assert one["totals"]["messages"] == top[0]["count"]
    (user,) = (await viewer.get(f"{PATH}/top/users?limit=1")).json()["top"]
    of_user = (await viewer.get(f"{PATH}/days?user={user['name']}")).json()
    assert of_user["totals"]["messages"] == user["count"]
    week = (await viewer.get(f"{PATH}/hours")).json()["week"]
    assert [len(hours) for hours in week] == [24] * 7
    assert sum(map(sum, week)) == messages + found["totals"]["commands"]


async def test_export(console: Consoles) -> None:
    """A table and a chart are files to be saved."""
    viewer = await console.program("statistics:view")
    table = await viewer.get(f"{PATH}/export?first=2026-10-30")
    assert table.headers["content-disposition"] == (
        'attachment; filename="usage-2026-10-30-2026-11-01.csv"'
    )
    assert len(table.text.splitlines()) == 4
    chart = await viewer.get(f"{PATH}/export?format=svg")
    assert chart.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(chart.text).tag.endswith("svg")


async def test_refusals(console: Consoles) -> None:
    """Who may not, and what there is not."""
    stranger = await console.program("jobs:view")
    assert (await stranger.get(f"{PATH}/days")).status_code == 403
    viewer = await console.program("statistics:view")
    unknown = await viewer.get(f"{PATH}/days?mesh_id=nowhere")
    assert unknown.status_code in {404, 409, 422, 503}
    assert "nothing is recorded" in unknown.json()["detail"].lower()
    early = await viewer.get(f"{PATH}/days?first=0001-01-01&cumulative=true")
    assert "2000-01-01" in early.json()["detail"]
    turned = await viewer.get(f"{PATH}/days?first=2026-11-01&last=2026-10-01")
    assert "before the first one" in turned.json()["detail"]
