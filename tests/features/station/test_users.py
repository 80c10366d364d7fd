"""Users, zones and groups as people and programs change them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from meshvisor.features.station.model.user import UserFilter
from meshvisor.features.station.supervisor.groups import GroupService
from meshvisor.features.station.supervisor.users import GroupChange, UserService
from meshvisor.features.station.supervisor.zones import ZoneService
from meshvisor.shared.errors import ConflictError, UnknownError, UsageError
from meshvisor.shared.store.store import Store
from tests.clock import START, ManualClock
from tests.features.station.conftest import ANN, HARBOUR, IN_HARBOUR, OUT_OF_IT, Bench


async def saved(bench: Bench, name: str = "harbour", **more: Any) -> None:
    """Make a zone around the harbour."""
    await bench.need(ZoneService).save({"name": name, **HARBOUR, **more}, None, ANN)


async def reported(bench: Bench, place: tuple[float, float], user: str = "5") -> tuple[Any, ...]:
    """Report a position a second later; return where the user is, what was entered and left."""
    bench.clock.advance(1)
    done = await bench.need(UserService).report(user, place, ANN)
    return done.zones, done.entered, done.left


async def test_coming_and_going(bench: Bench) -> None:
    """One event each, with where and how long; jitter at the border makes none."""
    await saved(bench, hysteresis_m=50)
    border = 38.7 + 100 / 111_195
    assert await reported(bench, IN_HARBOUR) == (("harbour",), ("harbour",), ())
    for metres in (5, 40, -5, 45, 0, 49):
        place = (border + metres / 111_195, -9.1)
        assert await reported(bench, place) == (("harbour",), (), ())
    assert await reported(bench, (border + 55 / 111_195, -9.1)) == ((), (), ("harbour",))
    # Between border and hysteresis no user comes back in.
    assert await reported(bench, (border + 20 / 111_195, -9.1)) == ((), (), ())
    entered, left = bench.events("zone.entered", "zone.left")
    assert (entered.subject, entered.actor, left.content["dwell_s"]) == ("5", "web:ann", 7.0)
    assert entered.content["zone"] == "harbour"
    assert (entered.content["latitude"], entered.content["longitude"]) == IN_HARBOUR


async def test_an_older_position(bench: Bench) -> None:
    """It is kept and changes nothing; one of the future counts for now."""
    await saved(bench)
    users = bench.need(UserService)
    await reported(bench, OUT_OF_IT)
    long_ago = datetime.fromtimestamp(START - 60, UTC)
    done = await users.report("5", IN_HARBOUR, ANN, at=long_ago)
    assert (done.taken, done.zones) == (False, ())
    tomorrow = datetime.fromtimestamp(START + 86_400, UTC)
    bench.clock.advance(1)
    assert (await users.report("5", IN_HARBOUR, ANN, at=tomorrow)).entered == ("harbour",)
    assert await reported(bench, OUT_OF_IT) == ((), (), ("harbour",))
    page = await users.positions("5", None, 2)
    assert page.more
    first, second = page.positions
    assert (first.latitude, second.latitude) == (OUT_OF_IT[0], IN_HARBOUR[0])
    rest = await users.positions("5", datetime.fromisoformat(second.at), 9)
    assert [one.latitude for one in rest.positions] == [OUT_OF_IT[0], IN_HARBOUR[0]]


async def test_a_zone_that_changes(bench: Bench) -> None:
    """Those who are there enter a new one at once; a removed one has no exits."""
    zones = bench.need(ZoneService)
    await reported(bench, IN_HARBOUR)
    await saved(bench)
    assert [one.user_id for one in (await zones.users("harbour", "", 9)).users] == ["5"]
    far = {"circle": {**HARBOUR["circle"], "latitude": 39.0}}
    await zones.save({"name": "harbour", **far}, None, ANN)
    assert (await zones.users("harbour", "", 9)).users == ()
    await saved(bench)
    await saved(bench, enabled=False)
    assert (await zones.show("harbour")).users == 0
    await saved(bench)
    assert (await zones.remove("harbour", None, ANN)).users == 1
    crossings = bench.happened("zone.entered", "zone.left")
    assert [kind for kind, _ in crossings] == [
        "zone.entered",
        "zone.left",
        "zone.entered",
        "zone.entered",
    ]
    assert (await bench.need(UserService).show("5")).zones == ()
    assert len(bench.events("zone.changed")) == 6


async def test_saving_the_same_changes_nothing(bench: Bench) -> None:
    """No event, no new revision, no entry in the audit log."""
    await saved(bench)
    await saved(bench)
    assert (await bench.need(ZoneService).show("harbour")).revision == 1
    assert len(bench.events()) == len(await bench.audited()) == 1


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ({}, "a circle or a polygon, and not both"),
        ({**HARBOUR, "polygon": [[0, 0], [0, 1], [1, 1]]}, "a circle or a polygon, and not both"),
        ({"circle": {"latitude": 91, "longitude": 0, "radius_m": 5}}, "circle.latitude: "),
        ({"circle": {"latitude": 1, "longitude": 0, "radius_m": float("nan")}}, "finite number"),
        ({"polygon": [[0, 0], [0, 1], [0, 0]]}, "three different points"),
        ({"polygon": [[0, 0]]}, "at least 3 items"),
        ({"polygon": [[0, number / 10] for number in range(600)]}, "at most 501 items"),
        ({**HARBOUR, "dwell_s": -1}, "dwell_s: "),
        ({**HARBOUR, "colour": "red"}, "colour: extra inputs are not permitted"),
        ({**HARBOUR, "name": "a/b"}, "without a slash"),
    ],
)
async def test_what_is_no_zone(bench: Bench, definition: dict[str, Any], said: str) -> None:
    """One sentence says what is wrong, and nothing is kept."""
    with pytest.raises(UsageError, match="that is no zone: ") as refused:
        await bench.need(ZoneService).save({"name": "harbour", **definition}, None, ANN)
    assert said in str(refused.value)
    assert bench.events() == []


async def test_two_people_edit_the_same(bench: Bench) -> None:
    """A change that was made to an older state is refused, for zones and groups alike."""
    zones, groups = bench.need(ZoneService), bench.need(GroupService)
    await zones.save({"name": "harbour", **HARBOUR}, 0, ANN)
    await groups.save("rescue", "", 0, ANN)
    with pytest.raises(ConflictError, match="there is the zone 'harbour' already"):
        await zones.save({"name": "harbour", **HARBOUR}, 0, ANN)
    await zones.save({"name": "harbour", **HARBOUR, "dwell_s": 5}, 1, ANN)
    with pytest.raises(ConflictError, match="it has revision 2, and 1 was seen"):
        await zones.save({"name": "harbour", **HARBOUR, "dwell_s": 6}, 1, ANN)
    with pytest.raises(ConflictError, match="revision"):
        await zones.remove("harbour", 1, ANN)
    with pytest.raises(ConflictError, match="is gone"):
        await zones.save({"name": "quay", **HARBOUR}, 3, ANN)
    await groups.save("rescue", "first aid", 1, ANN)
    with pytest.raises(ConflictError, match="revision"):
        await groups.remove("rescue", 1, ANN)
    assert (await groups.remove("rescue", 2, ANN)).members == 0


async def test_groups_of_a_user(bench: Bench) -> None:
    """Each change is one event that says what has changed; what is so already is none."""
    users, groups = bench.need(UserService), bench.need(GroupService)
    for name in ("crew", "guests", "rescue"):
        await groups.save(name, "", None, ANN)
    await users.register("irc/ann", ANN, name="Ann", groups=["crew"])
    await users.change_groups("irc/ann", GroupChange(add=["rescue", "crew"]), ANN)
    await users.change_groups("irc/ann", GroupChange(add=["rescue"]), ANN)
    done = await users.change_groups("irc/ann", GroupChange(only=["guests", "crew"]), ANN)
    assert (done.added, done.removed, done.groups) == (("guests",), ("rescue",), ("crew", "guests"))
    await groups.remove("crew", None, ANN)
    happened = [
        (one.content["added"], one.content["removed"]) for one in bench.events("user.group_changed")
    ]
    assert happened == [(["crew"], []), (["rescue"], []), (["guests"], ["rescue"]), ([], ["crew"])]
    assert (await users.show("irc/ann")).groups == ("guests",)
    for change, said in (
        (GroupChange(), "say which groups"),
        (GroupChange(add=["crew"], only=[]), "not both"),
        (GroupChange(add=["guests"], remove=["guests"]), "at once"),
        (GroupChange(add=["guest"]), "did you mean guests"),
    ):
        with pytest.raises(UsageError, match=said):
            await users.change_groups("irc/ann", change, ANN)
    with pytest.raises(UnknownError, match="users register bob"):
        await users.change_groups("bob", GroupChange(add=["guests"]), ANN)


async def test_registering(bench: Bench) -> None:
    """The first time is news; later ones change what is given, and nothing else."""
    users = bench.need(UserService)
    first = await users.register("12", ANN, name="Ann", note="likes boats")
    again = await users.register("12", ANN, name="Anna")
    assert first.registered_at == again.registered_at is not None
    assert (again.name, again.note, again.is_online) == ("Anna", "likes boats", False)
    assert bench.happened() == [("user.registered", "12")]


async def test_which_users(bench: Bench) -> None:
    """Filters, pages and counts."""
    users, groups = bench.need(UserService), bench.need(GroupService)
    await saved(bench)
    await groups.save("crew", "", None, ANN)
    await users.register("1", ANN, name="Ann", groups=["crew"])
    await reported(bench, IN_HARBOUR, "2")
    await reported(bench, OUT_OF_IT, "irc/bob")

    async def found(limit: int = 9, after: str = "", **wanted: Any) -> list[str]:
        page = await users.list_users(UserFilter(**wanted), after, limit)
        return [one.user_id for one in page.users]

    assert await found() == ["1", "2", "irc/bob"]
    assert await found(1, "1") == ["2"]
    assert await found(online=True) == ["2", "irc/bob"]
    assert await found(has_position=True) == ["2", "irc/bob"]
    assert await found(has_position=False) == ["1"]
    assert await found(registered=True) == await found(group="crew") == ["1"]
    assert await found(zone="harbour") == ["2"]
    assert await found(text="ANN") == ["1"]
    assert await found(text="bob") == ["irc/bob"]
    assert await found(mesh_id="lobby") == []
    counts = (await users.list_users(UserFilter(), "", 1)).counts
    assert (counts.users, counts.online, counts.registered) == (3, 2, 1)


async def test_positions_are_bounded(store: Store, clock: ManualClock) -> None:
    """Of each user the newest ones are kept."""
    bench = Bench(store, clock, positions=10)
    for _ in range(200):
        await reported(bench, IN_HARBOUR)
    page = await bench.need(UserService).positions("5", None, 500)
    assert 10 <= len(page.positions) <= 10 + 64


async def test_forgetting(bench: Bench) -> None:
    """Nothing is left but the entry that says so."""
    users = bench.need(UserService)
    await saved(bench)
    await bench.need(GroupService).save("crew", "", None, ANN)
    await reported(bench, IN_HARBOUR)
    await users.change_groups("5", GroupChange(add=["crew"]), ANN)
    assert (await users.forget("5", ANN)).positions == 1
    with pytest.raises(UnknownError):
        await users.show("5")
    for table in ("users", "positions", "standings", "memberships", "sightings"):
        assert rows(bench.store, table) == 0, table
    assert (await bench.audited())[-1][1:3] == ("user.forget", "5")


def rows(store: Store, table: str) -> int:
    """Return how many rows a table of the station has."""
    query = f"SELECT count(*) FROM station_{table}"
    (count,) = store.read_now(lambda db: db.execute(query).fetchone())
    return int(count)
