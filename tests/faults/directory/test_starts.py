"""Starts without the database, with a wrong password, and with files that cannot be used."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from mockupdb import CommandBase, MockupDB, OpMsg  # type: ignore[import-untyped]

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import MakeFleet
from tests.faults.directory.conftest import (
    GUEST,
    NAME,
    add_admin,
    answers,
    decide,
    on,
    reachable,
    said,
    untouched,
)
from tests.fleet import Fleet, Outcome, server_settings
from tests.mongo import NxServer

pytestmark = pytest.mark.faults

PASSWORD = "s3cret-word"


@pytest.fixture
def locked() -> Iterator[str]:
    """Return the address, with user and password, of a server that refuses all clients."""
    server = MockupDB()
    server.run()
    hello = {"maxWireVersion": 21, "minWireVersion": 8, "ismaster": True}
    server.autoresponds(CommandBase("ismaster"), hello)
    server.autoresponds(OpMsg("saslStart"), ok=0, code=18, errmsg="Authentication failed.")
    yield f"mongodb://bot:{PASSWORD}@{server.address_string}/{NAME}?authMechanism=SCRAM-SHA-256"
    server.stop()


def one_sentence(outcome: Outcome, code: int) -> str:
    """Check that a start ended as one that was refused has to; return what it said."""
    assert outcome.code == code, outcome
    assert outcome.err.count("Error: ") == 1
    assert "Traceback" not in outcome.err + outcome.out
    assert PASSWORD not in outcome.err + outcome.out
    return outcome.err


async def filled(fleet: Fleet, playground: Playground, server: NxServer) -> None:
    """Run a fleet that learns of an admin and a permission, and stop it."""
    await add_admin(server)
    await decide(server, "ping", for_admins=True)
    await fleet.start()
    await fleet.all_are(MeshState.CONNECTED, 2)
    await answers(playground, "?ping", GUEST, refused=True)
    assert await fleet.stop() == 0


# ---- Without the server --------------------------------------------------------------------------


async def test_with_what_was_known(
    make_fleet: MakeFleet, playground: Playground, mongo: NxServer, home: Home
) -> None:
    """A start without the server goes on with what it held, and takes over news when it is back."""
    fleet = make_fleet(database=on(mongo))
    await filled(fleet, playground, mongo)
    assert (home.directory_cache.stat().st_mode & 0o777) == 0o600
    mongo.kill()
    await fleet.start()
    before = await fleet.all_are(MeshState.CONNECTED, 2)
    known = await reachable(fleet, is_so=False)
    assert (known.admins, known.permissions) == (1, 1)
    assert "nothing listens there" in known.problems[0]
    await fleet.logged("starting with the admins and permissions of 20")
    await answers(playground, "?ping", GUEST, refused=True)
    assert "(admin)" in await said(playground, "lobby", "?listperms")
    await asyncio.to_thread(mongo.start)
    await decide(mongo, "ping", for_admins=False)
    await answers(playground, "?ping", GUEST, refused=False, rooms=("lobby", "cinema"))
    assert (await reachable(fleet)).problems == ()
    await untouched(fleet, before)


async def test_with_nothing_known(make_fleet: MakeFleet, mongo: NxServer) -> None:
    """A first start without the server ends with a sentence that says what to check."""
    uri = mongo.uri.replace("//", f"//bot:{PASSWORD}@")
    fleet = make_fleet(database=on(mongo, uri=f"{uri}/{NAME}"))
    mongo.kill()
    text = one_sentence(await fleet.command("run"), 3)
    assert f"{mongo.uri}/{NAME} cannot be used: nothing listens there; start the database" in text


@pytest.mark.long
async def test_an_account_that_only_the_server_has(
    make_fleet: MakeFleet, playground: Playground, mongo: NxServer
) -> None:
    """No message asks for a new login because the server is away."""
    fleet = make_fleet(database=on(mongo))
    await filled(fleet, playground, mongo)
    required = {"url": playground.url, "server": playground.server, "login": "required"}
    fleet.write_settings(server_settings(playground, database=on(mongo), platform=required))
    assert "meshvisor login" in one_sentence(await fleet.command("run"), 3)
    mongo.kill()
    text = one_sentence(await fleet.command("run"), 3)
    assert "the directory, which may hold it, is away" in text
    assert "meshvisor login" not in text


@pytest.mark.long
async def test_a_server_that_hangs(make_fleet: MakeFleet, mongo: NxServer) -> None:
    """A first start with a server that takes connections and says nothing ends as well."""
    fleet = make_fleet(database=on(mongo))
    mongo.freeze()
    text = one_sentence(await fleet.command("run"), 3)
    mongo.thaw()
    assert f"{mongo.uri}/{NAME} cannot be used: it did not answer within 1 s" in text


@pytest.mark.parametrize(
    ("cache", "says"),
    [
        ("another", "nothing listens there"),
        ('{"place": "mongodb://', "directory-cache.json cannot be used and is ignored"),
        ("\x00" * 100, "directory-cache.json cannot be used and is ignored"),
    ],
    ids=["another", "cut", "zeros"],
)
@pytest.mark.long
async def test_with_what_is_of_no_use(
    make_fleet: MakeFleet, mongo: NxServer, home: Home, cache: str, says: str
) -> None:
    """What is known of another database, or is damaged, is as good as nothing."""
    fleet = make_fleet(database=on(mongo))
    if cache == "another":
        await fleet.start()
        assert await fleet.stop() == 0
        place = json.loads(home.directory_cache.read_text())["place"]
        assert place == f"{mongo.uri}/{NAME}"
        fleet.write_settings({"database": on(mongo, uri=f"{mongo.uri}/another")})
    else:
        home.var.mkdir(mode=0o700)
        home.directory_cache.write_text(cache)
    mongo.kill()
    outcome = await fleet.command("run")
    one_sentence(outcome, 3)
    assert says in outcome.err + outcome.out + fleet.log()


# ---- Passwords, addresses and files --------------------------------------------------------------


async def test_wrong_password(
    make_fleet: MakeFleet, playground: Playground, mongo: NxServer, locked: str, home: Home
) -> None:
    """It counts as away: a first start ends and says so, a later one goes on with what it knows."""
    fleet = make_fleet(database=on(mongo, uri=locked))
    text = one_sentence(await fleet.command("run"), 3)
    assert "does not accept the user and password of its URI" in text
    fleet.write_settings(server_settings(playground, database=on(mongo)))
    await filled(fleet, playground, mongo)
    # As if it had been the same place all the time.
    cache = json.loads(home.directory_cache.read_text())
    cache["place"] = "mongodb://" + locked.partition("@")[2].partition("?")[0]
    home.directory_cache.write_text(json.dumps(cache))
    fleet.write_settings(server_settings(playground, database=on(mongo, uri=locked)))
    await fleet.start()
    await fleet.all_are(MeshState.CONNECTED, 2)
    away = await reachable(fleet, is_so=False)
    assert "does not accept the user and password" in away.problems[0]
    await answers(playground, "?ping", GUEST, refused=True)
    refusal = await said(playground, "lobby", "?setperm about admin")
    assert refusal.startswith("Nothing was done: ")
    assert "does not accept the user and password" in refusal
    says = (await fleet.command("status", "--json")).out
    assert PASSWORD not in refusal + says + fleet.log() + fleet.output


@pytest.mark.parametrize(
    "uri",
    [
        "localhost:27017",
        f"mongodb://bot:{PASSWORD}/#@127.0.0.1/fleet",
    ],
)
@pytest.mark.some(1)
async def test_wrong_address(make_fleet: MakeFleet, uri: str) -> None:
    """An address that cannot be one is refused before anything starts."""
    fleet = make_fleet(database={"uri": uri})
    text = one_sentence(await fleet.command("run"), 2)
    assert "database.uri" in text
    assert "allowed: like mongodb://user:password@host:27017/name" in text


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        ({"uri": f"mongodb://bot:{PASSWORD}@127.0.0.1/x"}, 0o640, "(mode 0640); allowed: 0600"),
        ({"url": f"mongodb://bot:{PASSWORD}@127.0.0.1/x"}, 0o600, "allowed: uri and options"),
        ({"uri": "mongodb://127.0.0.1/x", "options": {"maxPolSize": 1}}, 0o600, "maxPolSize"),
    ],
)
@pytest.mark.some(1)
async def test_wrong_file(
    make_fleet: MakeFleet, home: Home, content: dict[str, Any], mode: int, says: str
) -> None:
    """A file that others may read, or that says what it cannot mean, is refused and not shown."""
    fleet = make_fleet()
    path = home.below("config/database.json")
    path.touch(mode=mode)
    path.chmod(mode)
    path.write_text(json.dumps(content))
    text = one_sentence(await fleet.command("run"), 2)
    assert str(path) in text
    assert says in text
