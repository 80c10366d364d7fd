"""`meshvisor init` from a script: what is written, what is kept, and what is refused."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.settings.template import template
from tests.fleet import Fleet
from tests.mongo import NxServer
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT, Run

VARIABLE = "MESHVISOR__DATABASE__URI"
PLATFORM = "https://mesh.example"
CLOSED = "mongodb://bot:s3cret@127.0.0.1:1/there"


@pytest.fixture(scope="module")
def server() -> Iterator[NxServer]:
    """Return a MongoDB server."""
    folder = Path(tempfile.mkdtemp(prefix="mv-mongo-"))
    with NxServer(folder) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
def uri(server: NxServer) -> str:
    """Return the URI of a database that is empty."""
    return f"{server.uri}/mv_{uuid.uuid4().hex[:8]}"


def tree(home: Home) -> dict[str, bytes]:
    """Return every file of a home."""
    files = [path for path in home.root.rglob("*") if path.is_file()]
    return {str(path.relative_to(home.root)): path.read_bytes() for path in files}


def mode(path: Path) -> int:
    """Return the permission bits of a file."""
    return path.stat().st_mode & 0o777


# ---- A new home ----------------------------------------------------------------------------------


def test_nothing_but_defaults(run: Run, home: Home) -> None:
    """Without options there is the commented file, a database, and the playground as next step."""
    printed = run("init", "--yes", "--home", home.root, "--json").json
    assert home.settings_file.read_text() == template()
    assert load_settings(home, {}) == default_settings()
    assert printed == {
        "home": str(home.root),
        "written": [str(home.settings_file)],
        "kept": [],
        "old": [],
        "database": {
            "backend": "sqlite",
            "place": str(home.database),
            "ok": True,
            "problem": None,
        },
        "copied": None,
        "admin": None,
        "next": [
            f"meshvisor run --playground --home {home.root}",
            f"meshvisor chat lobby --home {home.root}",
            f"meshvisor admin add USER_ID --home {home.root}",
        ],
    }
    assert (mode(home.settings_file), mode(home.config), mode(home.var)) == (0o600, 0o700, 0o700)
    assert run("config", "check", "--home", home.root).code == 0


def test_a_folder_that_does_not_exist(run: Run, home: Home) -> None:
    """The home itself is made, too, closed to other users."""
    root = home.root / "new" / "home"
    assert run("init", "--yes", "--home", root).code == 0
    assert mode(root) == 0o700


def test_a_platform(run: Run, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform has its WebSocket server beside it, and the bot has to log in."""
    monkeypatch.chdir(home.root)
    outcome = run("init", "--yes", "--platform", PLATFORM, "--admin", "12345_phone")
    platform = load_settings(home, {}).of(PlatformSettings)
    assert (platform.url, platform.server) == (PLATFORM, "wss://mesh.example")
    assert "Admin     12345\n" in outcome.out
    assert outcome.out.endswith("Next:\n  meshvisor login\n  meshvisor run\n  meshvisor status\n")
    admins = run("admin", "list", "--json").json["admins"]
    assert [admin["user_id"] for admin in admins] == ["12345"]


def test_meshes_by_hand(run: Run, home: Home) -> None:
    """Meshes and their server are taken as they are given."""
    where = ("--home", home.root)
    printed = run(
        "init", "--yes", *where, "--mesh", "a", "--mesh", "b", "--server", "ws://x:1", "--json"
    ).json
    settings = load_settings(home, {})
    assert [mesh.id for mesh in settings.each(StaticMesh)] == ["a", "b"]
    assert (settings.of(PlatformSettings).url, settings.of(PlatformSettings).server) == (
        "",
        "ws://x:1",
    )
    assert printed["next"][0] == f"meshvisor run --home {home.root}"


@pytest.mark.parametrize(
    ("given", "realm"),
    [
        (["--mesh", "bridge", "--command", "python3 bridge.py"], "program"),
        (["--mesh", "bridge", "--command", "python3 bridge.py", "--realm", ""], ""),
        (["--mesh", "bridge", "--command", "python3 bridge.py", "--account", "irc"], "irc"),
        (["--mesh", "lobby"], ""),
        (["--mesh", "lobby", "--realm", "program"], "program"),
    ],
)
def test_whose_id_the_admin_has(run: Run, home: Home, given: list[str], realm: str) -> None:
    """That of the network of the meshes, unless it is said."""
    assert run("init", "--yes", "--home", home.root, "--admin", "ann", *given).code == 0
    (admin,) = run("admin", "list", "--home", home.root, "--json").json["admins"]
    assert (admin["user_id"], admin["realm"]) == ("ann", realm)
    again = run("init", "--yes", "--home", home.root, *given)
    assert (again.code, "Written" in again.out) == (0, False)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--platform", "ftp://x"], "'ftp://x' must be like https://host"),
        (["--platform", ""], "an address like https://host is needed"),
        (["--server", "http://x"], "'http://x' must be like wss://host"),
        (["--mesh", "a b"], "'a b' is no mesh id"),
        (["--admin", " "], "is no user id"),
        (["--account", "I R C"], "'I R C' is no name of an account; allowed: "),
        (["--account", "irc"], "an account is one of another network than the platform's"),
        (["--mongodb", "http://x"], "--mongodb is no MongoDB URI"),
        (["--mongodb", "mongodb://u:s3@cret@h/x"], "--mongodb cannot be used"),
    ],
)
def test_values_that_cannot_be(run: Run, home: Home, arguments: list[str], says: str) -> None:
    """A wrong value is reported, and nothing is written."""
    outcome = run("init", "--yes", "--home", home.root, *arguments)
    assert (outcome.code, outcome.out, tree(home)) == (2, "", {})
    assert says.lower() in outcome.err.lower()
    assert "s3" not in outcome.err


def test_a_wrong_variable(run: Run, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would keep the supervisor from starting is reported before anything is written."""
    monkeypatch.setenv("MESHVISOR__FLEET__HUNG_AFTER", "never")
    outcome = run("init", "--yes", "--home", home.root)
    assert (outcome.code, tree(home)) == (2, {})
    assert "MESHVISOR__FLEET__HUNG_AFTER" in outcome.err


def test_no_one_can_be_asked(run: Run, home: Home) -> None:
    """Without a terminal and without --yes there is one sentence."""
    outcome = run("init", "--home", home.root)
    assert (outcome.code, outcome.out, tree(home)) == (2, "", {})
    assert outcome.err.count("\n") == 1
    assert "add --yes" in outcome.err


# ---- A home that has something already -----------------------------------------------------------


def test_again(run: Run, home: Home) -> None:
    """The same again changes nothing, and neither does less."""
    given = ("--platform", PLATFORM, "--mesh", "a", "--admin", "5")
    run("init", "--yes", "--home", home.root, *given)
    before = home.settings_file.read_bytes()
    for options in (given, (), (*given, "--force")):
        printed = run("init", "--yes", "--home", home.root, *options, "--json").json
        assert (printed["written"], printed["kept"]) == ([], [str(home.settings_file)])
    assert home.settings_file.read_bytes() == before
    assert sorted(path.name for path in home.config.iterdir()) == ["meshvisor.toml"]


def test_settings_of_an_operator(run: Run, home: Home) -> None:
    """Settings that say something else are not touched; --force keeps a copy of them."""
    home.config.mkdir()
    home.settings_file.write_text('[platform]\nurl = "https://old.example"\n')
    refused = run("init", "--yes", "--home", home.root, "--platform", PLATFORM)
    assert (refused.code, refused.out) == (2, "")
    assert f"{home.settings_file} is there already" in refused.err
    assert list(tree(home)) == ["config/meshvisor.toml"]

    kept = run("init", "--yes", "--home", home.root, "--json").json
    assert kept["kept"] == [str(home.settings_file)]
    assert kept["next"][0].startswith("meshvisor login")

    forced = ("init", "--yes", "--home", home.root, "--platform", PLATFORM, "--force", "--json")
    (old,) = run(*forced).json["old"]
    assert Path(old).read_text() == '[platform]\nurl = "https://old.example"\n'
    assert Path(old).name.startswith("meshvisor.toml.old-2")
    assert load_settings(home, {}).of(PlatformSettings).url == PLATFORM


def test_two_old_copies_within_a_second(run: Run, home: Home) -> None:
    """An older copy is never replaced."""
    old = [
        run("init", "--yes", "--home", home.root, "--mesh", mesh, "--force", "--json").json["old"]
        for mesh in "abc"
    ]
    assert old[0] == []
    assert len({*old[1], *old[2]}) == 2
    assert 'id = "a"' in Path(old[1][0]).read_text()


def test_settings_that_are_wrong(run: Run, home: Home) -> None:
    """A broken file is reported line by line and stays."""
    home.config.mkdir()
    home.settings_file.write_text("[fleet]\nhung_after = 0\n")
    outcome = run("init", "--yes", "--home", home.root)
    assert outcome.code == 2
    assert "meshvisor.toml:2: fleet.hung_after" in outcome.err
    assert list(tree(home)) == ["config/meshvisor.toml"]


# ---- MongoDB -------------------------------------------------------------------------------------


def test_mongodb(run: Run, home: Home, uri: str) -> None:
    """A MongoDB is tried, written with the seed's options to a private file, and has the admin."""
    printed = run(
        "init", "--yes", "--home", home.root, "--mongodb", uri, "--admin", "7", "--json"
    ).json
    written = home.config / "database.json"
    assert printed["written"] == [str(home.settings_file), str(written)]
    assert printed["database"] == {"backend": "mongodb", "place": uri, "ok": True, "problem": None}
    assert printed["admin"] == "7"
    assert mode(written) == 0o600
    example = json.loads((PROJECT / "config" / "database.example.json").read_text())
    assert json.loads(written.read_text()) == {"uri": uri, "options": example["options"]}
    admins = run("admin", "list", "--home", home.root, "--json").json["admins"]
    assert [admin["user_id"] for admin in admins] == ["7"]

    again = run("init", "--yes", "--home", home.root, "--mongodb", uri, "--json").json
    assert (again["written"], len(again["kept"])) == ([], 2)
    other = run("init", "--yes", "--home", home.root, "--mongodb", f"{uri}x")
    assert (other.code, other.out) == (2, "")
    assert "names another database" in other.err
    forced = run("init", "--yes", "--home", home.root, "--mongodb", f"{uri}x", "--force", "--json")
    assert len(forced.json["old"]) == 1
    assert mode(Path(forced.json["old"][0])) == 0o600


def test_mongodb_by_variable(
    run: Run, home: Home, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable names one as well as the option does; two addresses are one too many."""
    monkeypatch.setenv(VARIABLE, uri)
    printed = run("init", "--yes", "--home", home.root, "--json").json
    assert printed["database"]["place"] == uri
    assert json.loads((home.config / "database.json").read_text())["uri"] == uri
    outcome = run("init", "--yes", "--home", home.root, "--mongodb", "mongodb://other/x")
    assert outcome.code == 2
    assert VARIABLE in outcome.err


def test_settings_name_a_database(run: Run, home: Home, uri: str) -> None:
    """A URI in the settings file is used; another one beside it would count for nothing."""
    home.config.mkdir()
    home.settings_file.touch(mode=0o600)
    home.settings_file.write_text(f'[database]\nuri = "{uri}"\n')
    printed = run("init", "--yes", "--home", home.root, "--json").json
    assert (printed["database"]["place"], printed["written"]) == (uri, [])
    outcome = run("init", "--yes", "--home", home.root, "--mongodb", "mongodb://other/x")
    assert outcome.code == 2
    assert "database.uri" in outcome.err


def test_mongodb_away(run: Run, home: Home) -> None:
    """Settings are written for when it comes back; the error has no password."""
    outcome = run(
        "init", "--yes", "--home", home.root, "--mongodb", CLOSED, "--admin", "7", "--json"
    )
    printed = outcome.json
    assert outcome.code == 3
    assert (printed["admin"], printed["database"]["ok"]) == (None, False)
    assert "nothing listens there" in printed["database"]["problem"]
    assert printed["next"][:2] == [
        f"meshvisor doctor --home {home.root}",
        f"meshvisor admin add 7 --home {home.root}",
    ]
    assert "s3cret" not in outcome.out + outcome.err
    assert len(printed["written"]) == 2


def test_decisions_of_sqlite_are_taken_along(run: Run, home: Home, uri: str) -> None:
    """--copy brings admins and permissions into a MongoDB that has none, and only into such."""
    where = ("--home", home.root)
    run("init", "--yes", *where, "--admin", "1")
    run("perm", "set", "ping", "admin", *where)
    printed = run(
        "init", "--yes", *where, "--mongodb", uri, "--copy", "--admin", "2", "--json"
    ).json
    assert printed["copied"] == {"admins": 1, "permissions": 1}
    admins = run("admin", "list", *where, "--json").json["admins"]
    assert [admin["user_id"] for admin in admins] == ["1", "2"]
    permissions = run("perm", "list", *where, "--json").json["permissions"]
    assert [(each["command"], each["level"]) for each in permissions] == [("ping", "admin")]
    assert run("init", "--yes", *where, "--copy", "--json").json["copied"] is None


# ---- What can be in the way ----------------------------------------------------------------------


def test_home_is_a_file(run: Run, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file where the home should be is reported, however it is named."""
    file = home.root / "file"
    file.write_text("mine")
    assert run("init", "--yes", "--home", file).code == 2
    monkeypatch.setenv("MESHVISOR_HOME", str(file))
    outcome = run("init", "--yes")
    assert outcome.code == 2
    assert "is no folder" in outcome.err
    assert "cannot be read (Not a directory)" in run("init", "--yes", "--home", file / "x").err
    assert tree(home) == {"file": b"mine"}


def test_something_else_in_a_folders_place(run: Run, home: Home) -> None:
    """Whatever was made before that was noticed is gone again."""
    (home.root / "var").write_text("mine")
    outcome = run("init", "--yes", "--home", home.root)
    assert (outcome.code, outcome.out) == (1, "")
    assert "nothing was changed" in outcome.err
    assert [path.name for path in home.root.iterdir()] == ["var"]


def limited(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `init` where no file may be larger than 5000 bytes, as on a disk that is full."""
    return subprocess.run(
        [*MESHVISOR, "init", "--yes", "--home", str(home.root), *arguments],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000)),
        timeout=30,
        check=False,
    )


def test_no_room_on_the_disk(home: Home) -> None:
    """Nothing at all is left when the file does not fit."""
    done = limited(home)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing was changed" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(home.root.iterdir()) == []


def test_no_room_for_a_replacement(home: Home) -> None:
    """What was there before is there again, and no copy of it is left."""
    home.config.mkdir()
    home.settings_file.write_text("[fleet]\n")
    done = limited(home, "--mesh", "a", "--force")
    assert (done.returncode, done.stdout) == (1, "")
    assert tree(home) == {"config/meshvisor.toml": b"[fleet]\n"}


async def test_a_running_supervisor(home: Home, uri: str) -> None:
    """It makes the admin itself, and what it does not know yet is named as the next step."""
    fleet = Fleet(home, {})
    await fleet.start()
    try:
        printed: Any = json.loads(
            (await fleet.command("init", "--yes", "--admin", "9", "--json")).out
        )
        assert (printed["admin"], printed["written"]) == ("9", [])
        assert "meshvisor status" in printed["next"][0]
        assert [each["user_id"] for each in (await fleet.ask("admin_list"))["admins"]] == ["9"]
        changing = ("init", "--yes", "--mesh", "a", "--force", "--json")
        printed = json.loads((await fleet.command(*changing)).out)
        assert "meshvisor config reload" in printed["next"][0]
        other = ("init", "--yes", "--mongodb", uri, "--admin", "9", "--json")
        printed = json.loads((await fleet.command(*other)).out)
        assert [command.split(" --home")[0] for command in printed["next"]] == [
            "meshvisor shutdown",
            "meshvisor run",
            "meshvisor admin add 9",
        ]
    finally:
        await fleet.close()
