"""Reloads: what was saved last runs, and what they report is so."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import MakeFleet, StartFleet
from tests.fleet import PROJECT, Fleet

pytestmark = pytest.mark.faults

WORD = "@command('word')\nasync def word(ctx): return {!r}\n"
ACTION = "@action({!r})\nasync def act(job): pass\n"
BROKEN = "\n\nasync def word(:\n"

ONE_TIME = (1_700_000_000, 1_700_000_000)
"""Of all files, as in a Nix store or an archive: seconds since the epoch."""


def write(path: Path, text: str) -> None:
    """Write a plug-in whose size and time tell nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"from meshvisor import *\n{text}")
    os.utime(path, ONE_TIME)


async def reloaded(fleet: Fleet) -> dict[str, Any]:
    """Reload; returns the report when the bot of the lobby is there again."""
    before = await fleet.worker()
    outcome = await fleet.command("config", "reload", "--json")
    report: dict[str, Any] = json.loads(outcome.out)
    assert outcome.code == (1 if report["skipped_plugins"] else 0)
    if "lobby" in report["restarted"]:
        await fleet.worker(besides=before)
    return report


def errors(fleet: Fleet) -> list[str]:
    """Return what the supervisor and the zygote have logged as errors."""
    said = fleet.log() + fleet.log(source="zygote")
    return [line for line in said.splitlines() if re.search(r"\b(error|critical)\b", line)]


# ---- The text that was saved last ----------------------------------------------------------------


def _again(plugins: Path) -> None:
    write(plugins / "a.py", WORD.format("b0"))


def _by_rename(plugins: Path) -> None:
    write(plugins / "next", WORD.format("b0"))
    (plugins / "next").rename(plugins / "a.py")


def _target(plugins: Path) -> None:
    write(plugins.parent / "far.py", WORD.format("b0"))


def _link(plugins: Path) -> None:
    write(plugins.parent / "other.py", WORD.format("b0"))
    (plugins / "a.py").unlink()
    (plugins / "a.py").symlink_to("../other.py")


def _folder(plugins: Path) -> None:
    write(plugins.parent / "next" / "a.py", WORD.format("b0"))
    plugins.rename(plugins.parent / "former")
    (plugins.parent / "next").rename(plugins)


def _removed(plugins: Path) -> None:
    shutil.rmtree(plugins)
    write(plugins / "a.py", WORD.format("b0"))


def _helper(plugins: Path) -> None:
    write(plugins / "_words.py", "WORD = 'b0'")


def _module(plugins: Path) -> None:
    write(plugins.parent / "shop" / "words.py", "WORD = 'b0'")


HELPED = "import sys\nsys.path.insert(0, {!r})\nfrom {} import WORD\n@command('word')\n"
HELPED += "async def word(ctx): return WORD\n"


def _plugin(plugins: Path) -> None:
    write(plugins / "a.py", WORD.format("a0"))


def _linked_plugin(plugins: Path) -> None:
    write(plugins.parent / "far.py", WORD.format("a0"))
    plugins.mkdir()
    (plugins / "a.py").symlink_to("../far.py")


def _helped_plugin(plugins: Path) -> None:
    write(plugins / "_words.py", "WORD = 'a0'")
    write(plugins / "a.py", HELPED.format(str(plugins), "_words"))


def _plugin_of_a_package(plugins: Path) -> None:
    write(plugins.parent / "shop" / "words.py", "WORD = 'a0'")
    write(plugins / "a.py", HELPED.format(str(plugins.parent), "shop.words"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(_plugin, _again, id="saved again"),
        pytest.param(_plugin, _by_rename, id="renamed over it"),
        pytest.param(_linked_plugin, _target, id="the target of a link"),
        pytest.param(_linked_plugin, _link, id="another link"),
        pytest.param(_plugin, _folder, id="another folder"),
        pytest.param(_plugin, _removed, id="the folder made anew"),
        pytest.param(_helped_plugin, _helper, id="a helper"),
        pytest.param(_plugin_of_a_package, _module, id="a package elsewhere"),
    ],
)
@pytest.mark.some(2)
async def test_what_was_saved_last_runs(
    make_fleet: MakeFleet,
    playground: Playground,
    first: Callable[[Path], None],
    second: Callable[[Path], None],
) -> None:
    """After the second save and a reload, whatever sizes and times say; without any error."""
    fleet = make_fleet()
    first(fleet.home.plugins)
    await fleet.start()
    await fleet.worker()
    assert (await playground.ask("lobby", "?word")).text == "a0"
    second(fleet.home.plugins)
    report = await reloaded(fleet)
    assert report["plugins_changed"]
    assert (await playground.ask("lobby", "?word")).text == "b0"
    assert not (await reloaded(fleet))["plugins_changed"]
    assert not list(fleet.home.config.rglob("__pycache__"))
    assert errors(fleet) == []


@pytest.mark.long
async def test_modules_of_the_settings_and_installed_ones(
    make_fleet: MakeFleet, playground: Playground
) -> None:
    """What was saved last in them runs, too; and one that is installed meanwhile is found."""
    fleet = make_fleet(plugins={"modules": ["mv_shop.commands"]})
    site = fleet.home.root / "site-packages"
    write(site / "mv_shop" / "commands.py", WORD.format("a0"))
    await fleet.start(environment={"PYTHONPATH": f"{site}{os.pathsep}{PROJECT}"})
    await fleet.worker()
    assert (await playground.ask("lobby", "?word")).text == "a0"
    write(site / "mv_shop" / "commands.py", WORD.format("b0"))
    metadata = site / "mv_offered-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: mv-offered\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[meshvisor.plugins]\noffered = mv_offered\n")
    for word in ("c0", "d0"):
        write(site / "mv_offered.py", WORD.format(word).replace("'word'", "'offered'"))
        assert (await reloaded(fleet))["plugins_changed"]
        assert (await playground.ask("lobby", "?word")).text == "b0"
        assert (await playground.ask("lobby", "?offered")).text == word


# ---- What is reported ----------------------------------------------------------------------------


async def test_a_reload_returns_when_the_plugins_are_loaded(start_fleet: StartFleet) -> None:
    """A new action can be submitted at once, and one that is gone is refused."""
    fleet = await start_fleet()
    await fleet.worker()
    for name in ("first", "second"):
        write(fleet.home.plugins / "actions.py", ACTION.format(name))
        said = await fleet.command("config", "reload")
        assert said.code == 0
        assert "The plug-ins have changed and are loaded." in said.out
        assert "new parameters" not in said.out
        submitted = await fleet.command("jobs", "submit", name, "--mesh", "lobby")
        assert submitted.code == 0, submitted.err
    refused = await fleet.command("jobs", "submit", "first", "--mesh", "lobby")
    assert refused.code != 0
    assert "no action 'first'" in refused.err.casefold()
    assert errors(fleet) == []


@pytest.mark.long
async def test_new_code_while_all_meshes_are_stopped(start_fleet: StartFleet) -> None:
    """It is loaded, and said, although no worker is replaced for it."""
    fleet = await start_fleet()
    await fleet.all_are(MeshState.CONNECTED, 2)
    assert (await fleet.command("stop", "--all")).code == 0
    write(fleet.home.plugins / "actions.py", ACTION.format("first"))
    said = await fleet.command("config", "reload")
    assert said.out.strip() == "The plug-ins have changed and are loaded."
    assert (await fleet.command("config", "reload")).out.strip() == "Nothing has changed."


async def test_a_plugin_that_does_not_load_any_more(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """What worked goes on, and every answer names file and line until it is mended."""
    fleet = await start_fleet(WORD.format("a0"))
    worker = await fleet.worker()
    path = fleet.home.plugins / "plugin.py"
    write(path, BROKEN)
    said = await fleet.command("config", "reload")
    assert said.code == 1
    assert "plugins/plugin.py is not taken over: SyntaxError: invalid syntax" in said.out
    assert f"({path}, line 4); what was loaded before runs on." in said.out
    skipped = json.loads((await fleet.command("status", "--json")).out)["supervisor"][
        "skipped_plugins"
    ]
    assert [(p["name"], p["file"], p["line"], p["earlier_version_runs"]) for p in skipped] == [
        ("plugins/plugin.py", str(path), 4, True)
    ]
    for command in ("status", "doctor"):
        out = (await fleet.command(command)).out
        assert f"{path}, line 4" in out
        assert "meshvisor config reload" in out
    assert await fleet.worker() == worker
    assert (await playground.ask("lobby", "?word")).text == "a0"
    write(path, WORD.format("c0"))
    assert (await reloaded(fleet))["skipped_plugins"] == []
    assert (await playground.ask("lobby", "?word")).text == "c0"
    out = (await fleet.command("status")).out + (await fleet.command("doctor")).out
    assert "line 4" not in out


@pytest.mark.parametrize("gone", ["config/meshvisor.toml", "config"])
@pytest.mark.some(1)
async def test_settings_that_are_gone(start_fleet: StartFleet, gone: str) -> None:
    """No file is not a file without meshes: a reload in such a moment leaves all as it is."""
    fleet = await start_fleet()
    worker = await fleet.worker()
    path = fleet.home.below(gone)
    away = path.rename(fleet.home.root / "away")
    outcome = await fleet.command("config", "reload")
    assert outcome.code == 3
    assert "meshvisor.toml is gone" in outcome.err
    assert len((await fleet.status()).meshes) > 1
    away.rename(path)
    assert (await fleet.command("config", "reload")).code == 0
    assert await fleet.worker() == worker


@pytest.mark.long
async def test_settings_that_link_to_nothing(start_fleet: StartFleet) -> None:
    """What is there and cannot be read is said to be that, and not to be gone."""
    fleet = await start_fleet()
    path = fleet.home.settings_file
    path.rename(fleet.home.root / "away")
    path.symlink_to("nowhere")
    outcome = await fleet.command("config", "reload")
    assert outcome.code == 3
    assert "it links to nowhere, which does not exist" in outcome.err


@pytest.mark.long
async def test_a_plugin_that_is_put_back(start_fleet: StartFleet) -> None:
    """With the text that runs it is mended, although nothing has to be loaded for that."""
    fleet = await start_fleet(WORD.format("a0"))
    worker = await fleet.worker()
    path = fleet.home.plugins / "plugin.py"
    text = path.read_text()
    write(path, BROKEN)
    (skipped,) = (await reloaded(fleet))["skipped_plugins"]
    assert skipped["earlier_version_runs"]
    path.write_text(text)
    assert (await reloaded(fleet))["skipped_plugins"] == []
    assert "not taken over" not in (await fleet.command("status")).out
    assert await fleet.worker() == worker


@pytest.mark.long
async def test_a_new_plugin_that_does_not_load(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """It is skipped by a signal as well; the others are taken over; and what it lacked may come."""
    fleet = await start_fleet(WORD.format("a0"))
    worker = await fleet.worker()
    needs = fleet.home.root / "needed"
    write(fleet.home.plugins / "new.py", f"open({str(needs)!r})")
    write(fleet.home.plugins / "plugin.py", WORD.format("b0"))
    fleet.signal(signal.SIGHUP)
    await fleet.worker(besides=worker)
    assert (await playground.ask("lobby", "?word")).text == "b0"
    (skipped,) = (await fleet.status()).supervisor.skipped_plugins
    assert (skipped.name, skipped.line) == ("plugins/new.py", 2)
    assert not skipped.earlier_version_runs
    worker = await fleet.worker()
    (again,) = (await reloaded(fleet))["skipped_plugins"]
    assert again["error"].startswith("FileNotFoundError")
    assert await fleet.worker() == worker
    needs.touch()
    assert (await reloaded(fleet))["skipped_plugins"] == []


@pytest.mark.long
async def test_a_zygote_that_has_just_died(start_fleet: StartFleet, playground: Playground) -> None:
    """Its successor compares: bots stay where nothing has changed, and get what has."""
    fleet = await start_fleet(WORD.format("a0"))
    before = await fleet.worker()
    os.kill(await fleet.zygote(), signal.SIGKILL)
    report = await reloaded(fleet)
    assert (report["plugins_changed"], report["restarted"]) == (False, [])
    assert await fleet.worker() == before
    (path,) = fleet.home.plugins.glob("*.py")
    write(path, WORD.format("b0"))
    # Its successor has loaded the new text, and the bots have the old one.
    zygote = await fleet.zygote()
    os.kill(zygote, signal.SIGKILL)
    await fleet.until(
        lambda: {one.pid for one in fleet.processes_named("meshvisor: zygote")} - {zygote},
        "another zygote",
    )
    assert (await reloaded(fleet))["plugins_changed"]
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?word")).text == "b0"


@pytest.mark.long
async def test_a_mesh_that_goes_is_not_restarted(make_fleet: MakeFleet) -> None:
    """A reload reports it as stopped and nothing else, whatever else changes."""
    fleet = make_fleet()
    server = {"platform": {"login": "none"}}

    def settings(prefix: str, *meshes: str) -> dict[str, Any]:
        rooms = [{"id": mesh, "server": "ws://127.0.0.1:9"} for mesh in meshes]
        return {"fleet": {"command_prefix": [prefix]}, **server, "meshes": rooms}

    fleet.write_settings(settings("?", "a", "b"))
    await fleet.start()
    await fleet.until_told(lambda: _have_processes(fleet, 2), "two workers")
    fleet.write_settings(settings("!", "a", "c"))
    report = json.loads((await fleet.command("config", "reload", "--json")).out)
    assert (report["started"], report["stopped"], report["restarted"]) == (["c"], ["b"], ["a"])


async def _have_processes(fleet: Fleet, count: int) -> bool:
    return sum(mesh.pid is not None for mesh in (await fleet.status()).meshes) == count


# ---- Plug-ins that ruin the process from which all bots are forked -------------------------------

IN_PROBE = "b'meshvisor.worker.zygote' in open(f'/proc/{os.getppid()}/cmdline', 'rb').read()"

RUINOUS = {
    "parricide": (
        f"if {IN_PROBE}: os.kill(os.getppid(), signal.SIGKILL)",
        "while it was imported, the zygote was killed by SIGKILL",
    ),
    "later": (
        f"if not {IN_PROBE}: os.fork = None",
        "with it no worker can be forked: the zygote exited with code 1",
    ),
}
"""Name of the plug-in to its code and what is said of it."""


@pytest.mark.parametrize("name", RUINOUS)
@pytest.mark.some(1)
async def test_plugins_that_ruin_the_zygote(
    make_fleet: MakeFleet, playground: Playground, name: str
) -> None:
    """Each is named and left out; bots and the other plug-ins live."""
    code, reason = RUINOUS[name]
    fleet = make_fleet(WORD.format("a0"))
    fleet.write_plugin(name, code)
    await fleet.start()

    async def says_the_word() -> bool:
        # While it is not known who is to blame there are bots without plug-ins, which leave then.
        try:
            return (await playground.ask("lobby", "?word", timeout=1)).text == "a0"
        except (AssertionError, TimeoutError):
            return False

    await fleet.until_told(says_the_word, "a bot that knows ?word")
    worker = await fleet.worker()
    (skipped,) = (await fleet.status()).supervisor.skipped_plugins
    assert skipped.name == f"plugins/{name}.py"
    assert skipped.error == reason
    (fleet.home.plugins / f"{name}.py").unlink()
    assert (await reloaded(fleet))["skipped_plugins"] == []
    assert await fleet.worker() != worker


@pytest.mark.long
async def test_a_reload_with_a_ruinous_plugin(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """Only the operator notices: bots and code stay as they are."""
    fleet = await start_fleet(WORD.format("a0"))
    worker, zygote = await fleet.worker(), await fleet.zygote()
    fleet.write_plugin("plugin", f"{WORD.format('b0')}{RUINOUS['later'][0]}\n")
    report = await reloaded(fleet)
    (skipped,) = report["skipped_plugins"]
    assert skipped["error"].startswith("with it no worker can be forked")
    assert skipped["earlier_version_runs"]
    assert (await fleet.worker(), await fleet.zygote()) == (worker, zygote)
    assert (await playground.ask("lobby", "?word")).text == "a0"
