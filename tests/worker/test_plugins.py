"""Finding and loading plug-ins."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.mesh.commands.registry import COMMANDS
from worker.mesh.events import HANDLERS
from worker.plugins import FILE_PREFIX, Source, find, load, load_one

GREETER = """
from worker.api import command, event

@command("greet", help="Say hello")
async def greet(ctx):
    await ctx.reply("hello")

@event("join")
async def welcome(joined):
    pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return an empty plug-in folder; what was imported from it is forgotten afterwards."""
    before = set(sys.modules)
    folder = tmp_path / "plugins"
    folder.mkdir()
    yield folder
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_file_is_loaded_and_reported(folder: Path) -> None:
    """The report names what the plug-in offers."""
    (folder / "greeter.py").write_text(GREETER)
    (report,) = load([], folder)
    assert (report.name, report.ok, report.commands) == ("plugins/greeter.py", True, ("greet",))
    assert COMMANDS.find("greet") is not None
    assert len(HANDLERS.of("join")) == 1


def test_files_in_order_but_not_hidden_ones(folder: Path) -> None:
    """Files are loaded by name; those that begin with an underscore belong to others."""
    for name in ["b.py", "a.py", "_shared.py", "notes.txt"]:
        (folder / name).write_text("")
    assert [source.name for source in find([], folder)] == ["plugins/a.py", "plugins/b.py"]


def test_modules_come_first(folder: Path) -> None:
    """Modules that the settings name are found beside the files of the folder."""
    (folder / "a.py").write_text("")
    assert [source.location for source in find(["json.tool"], folder)] == [
        "json.tool",
        str(folder / "a.py"),
    ]


def test_no_folder_is_no_error(tmp_path: Path) -> None:
    """A home without plug-ins is a home like any other."""
    assert find([], tmp_path / "none") == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("raise ValueError('no')", "ValueError: no"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def (", "SyntaxError: invalid syntax"),
        ("import sys; sys.exit(1)", "it wants to end the process while it is imported"),
        (
            "from worker.api import command\n@command('ping')\ndef ping(ctx): pass",
            "CommandCollisionError: the command 'ping' is already there (built in)",
        ),
        (
            "from worker.api import command\n@command('two words')\ndef x(ctx): pass",
            "ValueError: 'two words' is no command name",
        ),
        (
            "from worker.api import event\n@event('joined')\ndef x(happened): pass",
            "ValueError: there is no event 'joined'",
        ),
    ],
)
def test_a_failing_plugin_is_reported_and_skipped(folder: Path, code: str, error: str) -> None:
    """Whatever goes wrong is said in one sentence, with the traceback, and others are loaded."""
    (folder / "bad.py").write_text(code)
    (folder / "good.py").write_text(GREETER)
    bad, good = load([], folder)
    assert not bad.ok
    assert bad.error.startswith(error)
    assert "bad.py" in bad.traceback
    assert good.ok


def test_a_plugin_is_loaded_whole_or_not_at_all(folder: Path) -> None:
    """What a plug-in has registered before it failed is taken back."""
    (folder / "half.py").write_text(GREETER + "\nraise ValueError('too late')")
    (report,) = load([], folder)
    assert not report.ok
    assert COMMANDS.find("greet") is None
    assert HANDLERS.of("join") == ()
    assert FILE_PREFIX + "half" not in sys.modules


def test_two_plugins_with_one_name(folder: Path) -> None:
    """The second one that wants a name is skipped, and the report says who has it."""
    (folder / "a.py").write_text(GREETER)
    (folder / "b.py").write_text(GREETER.replace('"greet"', '"GREET"'))
    first, second = load([], folder)
    assert first.ok
    assert f"'GREET' is already there ({FILE_PREFIX}a)" in second.error


def test_a_module_is_loaded_by_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of the settings may be anything that can be imported."""
    (folder / "named_plugin.py").write_text(GREETER)
    monkeypatch.syspath_prepend(folder)
    report = load_one(Source("named_plugin", "module", "named_plugin"))
    assert (report.ok, report.commands) == (True, ("greet",))


def test_installed_packages_can_offer_plugins(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry point in the group `meshvisor.plugins` is found."""
    (tmp_path / "offered.py").write_text(GREETER)
    metadata = tmp_path / "offered-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: offered\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[meshvisor.plugins]\nhello = offered\n")
    monkeypatch.syspath_prepend(tmp_path)
    (source,) = find([], folder)
    assert (source.name, source.location) == ("hello (offered)", "offered")
    assert load_one(source).ok
    assert find(["offered"], folder) == [Source("offered", "module", "offered")]
