"""Finding and loading plug-ins."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meshvisor.shared.logs import levels
from meshvisor.worker.mesh.commands.registry import COMMANDS
from meshvisor.worker.mesh.events import HANDLERS
from meshvisor.worker.plugin_code import CODE, digest_of, digest_of_folder
from meshvisor.worker.plugins import FILE_PREFIX, Source, find, have_changed, load, load_one, watch

GREETER = """
from meshvisor import (command, event)

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
        if not name.startswith("meshvisor."):
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
            "from meshvisor import command\n@command('ping')\ndef ping(ctx): pass",
            "CommandCollisionError: the command 'ping' is already there (built in)",
        ),
        (
            "from meshvisor import command\n@command('two words')\ndef x(ctx): pass",
            "ValueError: 'two words' is no command name",
        ),
        (
            "from meshvisor import command\n@command('x', help=5)\ndef x(ctx): pass",
            "ValueError: the help of the command 'x' is 5, which is no text",
        ),
        (
            "from meshvisor import command\n@command('x', help='\\ud83d')\ndef x(ctx): pass",
            "ValueError: the help of the command 'x' is '\\ud83d', which is no text",
        ),
        (
            "from meshvisor import event\n@event('joined')\ndef x(happened): pass",
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


# ---- The text counts, and no byte code -----------------------------------------------------------


def loaded_anew(folder: Path, name: str = "a") -> str:
    """Return the word of a plug-in as the next process would find it."""
    for module in [
        name for name in sys.modules if name.lstrip("_").startswith(("mv_", FILE_PREFIX))
    ]:
        del sys.modules[module]
    importlib.invalidate_caches()
    (report,) = [report for report in load([], folder) if report.name == f"plugins/{name}.py"]
    assert report.ok, report.error
    return str(sys.modules[FILE_PREFIX + name].WORD)


def write_with_time(path: Path, text: str) -> None:
    """Write a file whose size and time are as those of every other that this has written."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, (1_700_000_000, 1_700_000_000))


LOADED_BY_PATH = """
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("mv_helper", __file__.replace("a.py", "_mv_helper.py"))
module = module_from_spec(spec)
spec.loader.exec_module(module)
WORD = module.WORD
"""
BESIDE = "import sys\nsys.path.insert(0, __file__.rpartition('/')[0])\n"


@pytest.mark.parametrize(
    ("file", "plugin"),
    [
        ("a.py", None),
        ("_mv_helper.py", BESIDE + "from _mv_helper import WORD"),
        ("mv_package/words.py", BESIDE + "from mv_package.words import WORD"),
        (
            "_mv_helper.py",
            LOADED_BY_PATH,
        ),
    ],
)
def test_the_second_text_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, plugin: str | None
) -> None:
    """Of equal size and time as the first: of a plug-in, its helpers and its packages."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    if plugin is not None:
        (folder / "a.py").write_text(plugin)
    write_with_time(folder / file, "WORD = 'a0'")
    assert loaded_anew(folder) == "a0"
    write_with_time(folder / file, "WORD = 'b0'")
    assert loaded_anew(folder) == "b0"
    assert not list(folder.rglob("__pycache__"))


def test_byte_code_of_an_earlier_version_is_left_alone(folder: Path) -> None:
    """What another process has compiled moments ago is not taken for the text."""
    import py_compile

    write_with_time(folder / "a.py", "WORD = 'a0'")
    py_compile.compile(str(folder / "a.py"))
    write_with_time(folder / "a.py", "WORD = 'b0'")
    assert loaded_anew(folder) == "b0"


def test_modules_of_the_settings_too(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that is installed, and what it imports from its own package."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    site = tmp_path / "site-packages"
    monkeypatch.syspath_prepend(site)
    shop = site / "mv_shop"
    for word in ("a0", "b0"):
        site.mkdir(exist_ok=True)
        write_with_time(shop / "__init__.py", "")
        write_with_time(shop / "commands.py", "from mv_shop.words import WORD")
        write_with_time(shop / "words.py", f"WORD = {word!r}")
        for module in [name for name in sys.modules if name.startswith("mv_shop")]:
            del sys.modules[module]
        (report,) = load(["mv_shop.commands"], folder)
        assert report.ok
        assert vars(sys.modules["mv_shop.commands"])["WORD"] == word
    assert str(shop / "words.py") in CODE.loaded
    said = logging.LogRecord(
        "mv_shop.words", logging.DEBUG, str(shop / "words.py"), 1, "hi", None, None
    )
    assert levels.is_wanted(said)  # like any plug-in, although it is installed


def test_what_is_installed_keeps_its_byte_code(folder: Path) -> None:
    """Compiling a big library at every start would keep the bots away for seconds."""
    assert not CODE.is_of_plugins(os.__file__, "os")
    assert not CODE.is_of_plugins("/venv/lib/python3/site-packages/numpy/core.py", "numpy.core")
    assert not CODE.is_of_plugins("<frozen importlib._bootstrap>", "importlib._bootstrap")
    assert CODE.is_of_plugins("/home/somebody/pricing.py", "pricing")


# ---- Changes -------------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[Path], object]] = {
    "a second text": lambda folder: write_with_time(folder / "a.py", "b0"),
    "a helper": lambda folder: write_with_time(folder / "_helper.py", "b0"),
    "a package": lambda folder: write_with_time(folder / "package" / "deep.py", "b0"),
    "a file more": lambda folder: (folder / "b.py").touch(),
    "a file less": lambda folder: (folder / "a.py").unlink(),
    "the target of a link": lambda folder: write_with_time(folder.parent / "target.py", "b0"),
    "in a linked folder": lambda folder: write_with_time(folder.parent / "far" / "x.py", "b0"),
    "a link to elsewhere": lambda folder: repoint(folder / "link.py", folder.parent / "other.py"),
    "another folder in its place": lambda folder: swap(folder, folder.parent / "next"),
}


def repoint(link: Path, target: Path) -> None:
    """Have a link lead to another file."""
    link.unlink()
    link.symlink_to(target)


def swap(folder: Path, other: Path) -> None:
    """Put another folder in the place of one."""
    folder.rename(folder.parent / "old")
    other.rename(folder)


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_is_seen(folder: Path, change: str) -> None:
    """Also with equal sizes and times; and nothing is seen where nothing is."""
    above = folder.parent
    for path in ("plugins/a.py", "plugins/_helper.py", "plugins/package/deep.py", "target.py"):
        write_with_time(above / path, "a0")
    write_with_time(above / "far" / "x.py", "a0")
    write_with_time(above / "next" / "a.py", "b0")
    write_with_time(above / "other.py", "b0")
    (folder / "link.py").symlink_to("../target.py")
    (folder / "far").symlink_to("../far")
    (folder / "round").symlink_to(".")
    os.mkfifo(folder / "pipe.py")
    (folder / "nowhere.py").symlink_to("nothing")
    before = digest_of_folder(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "a.pyc").touch()
    os.utime(folder / "a.py")
    assert digest_of_folder(folder) == before
    CHANGES[change](folder)
    assert digest_of_folder(folder) != before


def test_a_loaded_module_that_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it lies: what is compared is the text that was loaded."""
    path = folder / "mv_pricing.py"
    path.write_text("")
    monkeypatch.setattr(CODE, "loaded", {str(path): digest_of(str(path))})
    assert not CODE.has_changed()
    path.unlink()
    assert CODE.has_changed()


def test_a_module_that_is_imported_later(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code that a package of the settings holds counts, loaded or not."""
    monkeypatch.setattr(CODE, "loaded", {})
    monkeypatch.setattr(CODE, "package_folders", {})
    monkeypatch.syspath_prepend(tmp_path)
    write_with_time(tmp_path / "mv_store" / "__init__.py", "")
    write_with_time(tmp_path / "mv_store" / "later.py", "WORD = 'a0'")
    (report,) = load(["mv_store"], folder)
    assert report.ok
    assert not CODE.has_changed()
    write_with_time(tmp_path / "mv_store" / "later.py", "WORD = 'b0'")
    assert CODE.has_changed()


def test_folders_that_a_plugin_adds_are_no_change(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in them was no plug-in when plug-ins were looked for, and is none later."""
    monkeypatch.setattr(CODE, "loaded", {})
    monkeypatch.setattr(CODE, "package_folders", {})
    monkeypatch.setattr(sys, "path", list(sys.path))
    metadata = tmp_path / "vendored" / "mv_vendored-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: mv-vendored\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[meshvisor.plugins]\nx = mv_vendored\n")
    (folder / "a.py").write_text(f"import sys\nsys.path.append({str(tmp_path / 'vendored')!r})")
    assert all(load_one(source).ok for source in watch([], folder))
    assert [source.name for source in find([], folder)] == ["plugins/a.py", "x (mv_vendored)"]
    assert not have_changed()
    (folder / "b.py").touch()
    assert have_changed()


# ---- Where to look -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "file", "line"),
    [
        ("\n\ndef (", "bad.py", 3),
        ("\nimport no_such_module", "bad.py", 2),
        ("import json\njson.loads('{')", "bad.py", 2),
        (BESIDE + "import _mv_broken", "_mv_broken.py", 2),
        (BESIDE + "import _mv_wrong", "_mv_wrong.py", 1),
        ("import ast\n\nast.literal_eval('(')", "bad.py", 3),
    ],
)
def test_file_and_line_of_a_failure(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: str, file: str, line: int
) -> None:
    """The innermost place that is a plug-in's, and not one in a library."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    (folder / "_mv_broken.py").write_text("\n1 / 0")
    (folder / "_mv_wrong.py").write_text("def (")
    (folder / "bad.py").write_text(code)
    (report,) = load([], folder)
    assert (report.file, report.line) == (str(folder / file), line)
