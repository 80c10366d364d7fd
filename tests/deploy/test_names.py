"""Meshvisor beside packages and modules that have the names of its folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from meshvisor.shared.version import VERSION
from tests.deploy.wheel import pip

OURS = ("features", "playground", "shared", "supervisor", "worker")
"""Names of our folders that others may use for theirs."""

LOADER = """
import json, sys
from pathlib import Path
from meshvisor.worker.plugins import load
reports = load(sys.argv[2:], Path(sys.argv[1]))
print(json.dumps([[one.name, one.ok, one.error] for one in reports]))
"""


def supervisors_wheel(folder: Path) -> Path:
    """Return a wheel that installs the package and the program of another supervisor."""
    name = "supervisor-4.0"
    path = folder / f"{name}-py3-none-any.whl"
    files = {
        "supervisor/__init__.py": "",
        "supervisor/supervisord.py": "def main():\n    print('the other one')\n",
        f"{name}.dist-info/METADATA": "Metadata-Version: 2.1\nName: supervisor\nVersion: 4.0\n",
        f"{name}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{name}.dist-info/entry_points.txt": (
            "[console_scripts]\nsupervisord = supervisor.supervisord:main\n"
        ),
    }
    files[f"{name}.dist-info/RECORD"] = "".join(f"{file},,\n" for file in files)
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return path


def environment(folder: Path) -> Path:
    """Return the folder of programs of a new environment that has what Meshvisor depends on."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    # As a folder on the path, of which no links to a checkout are followed.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def output(*line: str | Path, folder: Path, path: Path | None = None) -> str:
    """Return what a program prints that runs in a folder."""
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if path is not None:
        variables["PYTHONPATH"] = str(path)
    done = subprocess.run(
        line, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of programs of an environment with the wheel."""
    programs = environment(tmp_path_factory.mktemp("environment"))
    pip("--python", programs / "python", "install", "--no-compile", wheel)
    return programs


@pytest.mark.parametrize("ours_first", [True, False])
@pytest.mark.some(1)
def test_another_supervisor(wheel: Path, tmp_path: Path, ours_first: bool) -> None:
    """Whichever is installed first, both programs work, and removing one leaves the other."""
    programs = environment(tmp_path / "environment")
    wheels = [wheel, supervisors_wheel(tmp_path)]
    for one in wheels if ours_first else reversed(wheels):
        pip("--python", programs / "python", "install", "--no-compile", one)
    assert output(programs / "supervisord", folder=tmp_path) == "the other one"
    assert output(programs / "meshvisor", "--version", folder=tmp_path) == f"meshvisor {VERSION}"
    checked = output(programs / "meshvisor", "config", "check", folder=tmp_path)
    assert "are right" in checked
    uninstall = ("-m", "pip", "--python", programs / "python", "uninstall", "-qy", "supervisor")
    output(sys.executable, *uninstall, folder=tmp_path)
    assert output(programs / "meshvisor", "--version", folder=tmp_path) == f"meshvisor {VERSION}"


@pytest.fixture(params=["wheel", "checkout"])
def python(request: pytest.FixtureRequest) -> Path:
    """Return the interpreter of an installation, and that of the checkout."""
    if request.param == "checkout":
        return Path(sys.executable)
    programs: Path = request.getfixturevalue("installed")
    return programs / "python"


def load(python: Path, home: Path, *modules: str) -> list[tuple[str, bool, str]]:
    """Return what becomes of the plug-ins of a home whose `lib` is on the path."""
    folder = home / "config" / "plugins"
    printed = output(python, "-c", LOADER, folder, *modules, folder=home, path=home / "lib")
    return [(name, ok, error) for name, ok, error in json.loads(printed)]


def write(file: Path, text: str) -> None:
    """Write a file and make its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_our_folders_are_not_on_the_path(python: Path, tmp_path: Path) -> None:
    """None of their names is taken, not even by a checkout that is installed editable."""
    program = (
        "import importlib.util, sys; "
        "print(*(name for name in sys.argv[1:] if importlib.util.find_spec(name)))"
    )
    assert output(python, "-c", program, *OURS, folder=tmp_path) == ""


def test_modules_of_these_names(python: Path, tmp_path: Path) -> None:
    """Plug-ins get the modules of their owner, from a file, a package and a folder on the path."""
    for name in OURS:
        write(tmp_path / "lib" / name / "__init__.py", f"OWN = {name!r}")
    imports = "".join(f"import {name}\nassert {name}.OWN == {name!r}\n" for name in OURS)
    plugin = (
        f"{imports}from meshvisor import CommandContext, command\n"
        "@command({!r}, help='x')\nasync def run(ctx: CommandContext) -> None: ...\n"
    )
    write(tmp_path / "config" / "plugins" / "worker.py", plugin.format("one"))
    write(tmp_path / "lib" / "shop" / "__init__.py", "")
    write(tmp_path / "lib" / "shop" / "shared.py", "")
    write(tmp_path / "lib" / "shop" / "supervisor.py", plugin.format("two"))
    assert load(python, tmp_path, "shop.supervisor") == [
        ("shop.supervisor", True, ""),
        ("plugins/worker.py", True, ""),
    ]


def test_the_former_name(python: Path, tmp_path: Path) -> None:
    """`worker.api` has the same names, the very same things."""
    write(
        tmp_path / "config" / "plugins" / "old.py",
        "import meshvisor, worker.api\nfrom worker.api import JobContext, command\n"
        "assert command is meshvisor.command and JobContext is meshvisor.JobContext\n"
        "assert worker.api.__all__ == meshvisor.__all__\n",
    )
    assert load(python, tmp_path) == [("plugins/old.py", True, "")]


@pytest.mark.parametrize("place", ["worker.py", "worker/__init__.py"])
def test_the_former_name_is_taken(python: Path, tmp_path: Path, place: str) -> None:
    """A module of the owner wins, and the error of a plug-in that means ours says what to write."""
    write(tmp_path / "lib" / place, "OWN = 1")
    write(tmp_path / "config" / "plugins" / "a_old.py", "from worker.api import command")
    write(tmp_path / "config" / "plugins" / "b_own.py", "from worker import OWN")
    (_, old_ok, error), (_, own_ok, _) = load(python, tmp_path)
    assert (old_ok, own_ok) == (False, True)
    assert error == (
        f"it imports worker.api, and worker is another module here ({tmp_path / 'lib' / place}); "
        "import from meshvisor instead, as in: from meshvisor import command"
    )


def test_a_module_of_exactly_that_name(python: Path, tmp_path: Path) -> None:
    """An owner who has a `worker.api` gets it."""
    write(tmp_path / "lib" / "worker" / "__init__.py", "")
    write(tmp_path / "lib" / "worker" / "api.py", "OWN = 1")
    write(tmp_path / "config" / "plugins" / "own.py", "from worker.api import OWN")
    assert load(python, tmp_path) == [("plugins/own.py", True, "")]
