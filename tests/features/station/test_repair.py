"""After a damaged database was salvaged nothing of the station is about what is gone."""

from __future__ import annotations

from meshvisor.features.station.cli.repair import Repair
from meshvisor.features.station.supervisor.groups import GroupService
from meshvisor.features.station.supervisor.users import GroupChange, UserService
from meshvisor.features.station.supervisor.zones import ZoneService
from tests.features.station.conftest import ANN, HARBOUR, IN_HARBOUR, OUT_OF_IT, Bench


async def test_rows_about_what_is_gone(bench: Bench) -> None:
    """A zone and a group that were lost are in no user's list, and go on to be looked for."""
    users, zones = bench.need(UserService), bench.need(ZoneService)
    for name in ("harbour", "lost"):
        await zones.save({"name": name, **HARBOUR}, None, ANN)
    await bench.need(GroupService).save("crew", "", None, ANN)
    await users.report("5", IN_HARBOUR, ANN)
    await users.change_groups("5", GroupChange(add=["crew"]), ANN)
    for statement in (
        "DELETE FROM station_zones WHERE name = 'lost'",
        "DELETE FROM station_groups",
        "DELETE FROM station_versions",
    ):
        await bench.store.write(lambda db, statement=statement: db.execute(statement) and None)  # type: ignore[misc]
    await bench.store.write(Repair(0).apply)
    found = await users.show("5")
    assert (found.zones, found.groups) == (("harbour",), ())
    bench.clock.advance(1)
    assert (await users.report("5", OUT_OF_IT, ANN)).left == ("harbour",)
