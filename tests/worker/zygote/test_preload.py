"""Plug-ins that do their worst while they are imported, loaded as the zygote does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from meshvisor.shared.protocol.zygote import MAX_DATAGRAM, PluginLoaded, PluginReport, encode

LOAD = """
import json, os, sys
import msgspec
from pathlib import Path
import meshvisor.worker.mesh.commands.builtin
from meshvisor.worker.zygote import preload
folder, deadline = sys.argv[1:]
preload.PROBE_DEADLINE = float(deadline)
preload.ALL_PROBES_DEADLINE = 2 * float(deadline)
preload.LAST_PROBE_DEADLINE = float(deadline) / 10
before = len(os.listdir("/proc/self/fd"))
reports = preload.load_plugins([], Path(folder))
loaded = sorted(name for name in sys.modules if name.startswith("meshvisor_plugin_"))
left = len(os.listdir("/proc/self/fd")) - before
try:
    children = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) or "living"
except ChildProcessError:
    children = "none"
print("REPORT" + json.dumps({
    "reports": [msgspec.to_builtins(report) for report in reports],
    "environment": [os.environ.get(f"{name}_NUM_THREADS") for name in ("OPENBLAS", "OMP")],
    "modules": loaded, "left": left, "children": children,
    "threads": len(os.listdir("/proc/self/task")),
}))
"""

GOOD = """
from meshvisor import command
@command("greet")
async def greet(ctx): pass
"""

MANY = "from meshvisor import action, command\nfor n in range({}): {}"


class Loaded:
    """What has come of a folder of plug-ins."""

    def __init__(self, facts: dict[str, Any], output: str) -> None:
        self.reports = {
            report["name"].removeprefix("plugins/").removesuffix(".py"): PluginReport(
                **{**report, "commands": tuple(report["commands"])}
            )
            for report in facts["reports"]
        }
        self.facts = facts
        self.output = output

    def failed(self, name: str) -> PluginReport:
        """Return the report on a plug-in that must not be loaded."""
        report = self.reports[name]
        assert not report.ok
        assert f"meshvisor_plugin_{name}" not in self.facts["modules"]
        return report


def load(folder: Path, plugins: dict[str, str], deadline: float = 60.0) -> Loaded:
    """Load plug-ins in a process like a zygote; `deadline` is for the import of each."""
    home = folder / "plugins"
    home.mkdir()
    for name, code in plugins.items():
        (home / f"{name}.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(home), str(deadline)],
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
        # As a zygote's is: output that waits to be written must be neither lost nor doubled.
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )
    output, _, facts = done.stdout.partition("REPORT")
    return Loaded(json.loads(facts), output + done.stderr)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Return what comes of a folder with all kinds of bad plug-ins and two good ones."""
    return load(
        tmp_path_factory.mktemp("bad"),
        {
            "a_good": GOOD,
            "exits": "import os; os._exit(3)",
            "leaves": "import sys; sys.exit('bye')",
            "killed": "import os; os.kill(os.getpid(), 9)",
            "quits": "import os; os._exit(0)",
            "mute": "import sys; sys.stderr = None",
            "prints": "print('a word')\nimport os; os.write(2, b'x' * 200_000)",
            "raises": "def deep():\n    raise ValueError('no')\ndeep()",
            "segfaults": "import ctypes; ctypes.string_at(0)",
            "syntax": "def (",
            "threads": "import threading, time\n"
            "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
            "z_good": GOOD.replace("greet", "part"),
        },
    )


def test_good_ones_are_loaded_in_this_process(loaded: Loaded) -> None:
    """Before and after bad ones: their code is where all children share it."""
    assert loaded.reports["a_good"] == PluginReport("plugins/a_good.py", True, ("greet",))
    assert loaded.reports["z_good"].commands == ("part",)
    assert {"meshvisor_plugin_a_good", "meshvisor_plugin_z_good"} <= set(loaded.facts["modules"])


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("exits", "while it was imported, the process exited with code 3"),
        ("killed", "while it was imported, the process was killed by SIGKILL"),
        ("quits", "while it was imported, the process ended by itself"),
        ("leaves", "it wants to end the process while it is imported"),
        ("raises", "ValueError: no"),
        ("segfaults", "while it was imported, the process was killed by SIGSEGV"),
        ("syntax", "SyntaxError: invalid syntax (syntax.py, line 1)"),
    ],
)
def test_bad_ones_are_named_with_the_reason(loaded: Loaded, name: str, error: str) -> None:
    """Whatever happens to the process that tries one happens to no other."""
    assert loaded.failed(name).error == error


def test_the_traceback_comes_along(loaded: Loaded) -> None:
    """Authors see the line of their own code."""
    assert "line 2, in deep" in loaded.failed("raises").traceback


def test_threads_are_refused(loaded: Loaded) -> None:
    """A zygote with threads could not fork safely, so such a plug-in never gets into it."""
    assert "starts a thread" in loaded.failed("threads").error
    assert loaded.facts["threads"] == 1


def test_libraries_start_no_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They see it while they are imported, unless the operator has set the variables."""
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    outcome = load(
        tmp_path,
        {
            "a": "import os\n"
            "assert os.environ['OPENBLAS_NUM_THREADS'] == '1'\n"
            "assert os.environ['OMP_NUM_THREADS'] == '3'\n"
        },
    )
    assert outcome.reports["a"].ok, outcome.reports["a"].error
    assert outcome.facts["environment"] == [None, "3"]


def test_a_refused_thread_comes_with_advice(loaded: Loaded) -> None:
    """A library that starts one by itself cannot be asked to do it in an event handler."""
    assert "inside the function that uses it" in loaded.failed("threads").error


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import json\njson.dumps = lambda *a, **k: 'x'", "its import changes what Meshvisor"),
        (
            "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))",
            "its import lowers a limit of the process that all bots share (RLIMIT_NOFILE)",
        ),
        ("import signal\nsignal.alarm(600)", "its import sets a timer"),
        (
            "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])",
            "its import blocks signals",
        ),
        (
            MANY.format(20_000, "command(f'c{n}')(lambda ctx: None)"),
            "with its 20000 there are 200",
        ),
        (
            MANY.format(900, "action(f'a{n}', lane='x' * 60)(lambda job: None)"),
            "what it says of its 900 commands and actions has more than 65536 bytes",
        ),
    ],
)
def test_what_would_ruin_the_zygote(tmp_path: Path, code: str, error: str) -> None:
    """It passes its import, and is kept from the process from which all bots are forked."""
    ruinous = load(tmp_path, {"bad": code, "good": GOOD})
    assert ruinous.failed("bad").error.startswith(error)
    assert ruinous.reports["good"].ok


def test_what_they_print_is_not_lost(loaded: Loaded) -> None:
    """It goes where the zygote's output goes, from the trial as well, and stops no import."""
    assert loaded.reports["prints"].ok
    assert loaded.output.count("a word") == 2


def test_nothing_is_left_of_the_trials(loaded: Loaded) -> None:
    """No descriptor stays open and no dead process stays."""
    assert loaded.facts["left"] == 0
    assert loaded.facts["children"] == "none"


def test_an_import_that_never_ends(tmp_path: Path) -> None:
    """It is cut off, whatever it does with signals, and the next one has its turn."""
    hang = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))\nwhile True: pass"
    loaded = load(tmp_path, {"hangs": hang}, deadline=0.05)
    assert loaded.failed("hangs").error == "its import did not end within 0.05 s"
    assert loaded.facts["children"] == "none"


def test_many_imports_that_never_end(tmp_path: Path) -> None:
    """The zygote is ready before it is taken for hung, however many there are."""
    loaded = load(tmp_path, {f"p{number}": "while True: pass" for number in range(6)}, deadline=0.2)
    assert loaded.failed("p0").error == "its import did not end within 0.2 s"
    for name in ("p3", "p4", "p5"):
        assert loaded.failed(name).error == "its import did not end within 0.02 s"


def test_long_reports_fit_on_the_way(tmp_path: Path) -> None:
    """Tracebacks are cut at the front until all fit into one datagram, and delay no one."""
    raising = "def f():\n    raise ValueError('\\n' + '🦊' * 20_000 + 'the end')\nf()"
    loaded = load(tmp_path, {f"p{number}": raising for number in range(4)}, deadline=40)
    assert all("the end" in loaded.failed(name).traceback for name in loaded.reports)
    for report in loaded.reports.values():
        assert len(encode(PluginLoaded(report))) < MAX_DATAGRAM


def test_no_plugins(tmp_path: Path) -> None:
    """A home without any costs nothing."""
    assert load(tmp_path, {}).reports == {}


def test_an_import_that_forks(tmp_path: Path) -> None:
    """The copy does not load the rest as well: there is one zygote, and one report."""
    forks = "import os\npid = os.fork()\nif pid == 0:\n    {}\nos.waitpid(pid, 0)"
    ways = {"exits": "raise SystemExit(0)", "raises": "raise ValueError('no')", "returns": "pass"}
    plugins = {name: forks.format(way) for name, way in ways.items()}
    plugins["returns"] = plugins["returns"].replace("os.waitpid", "pid and os.waitpid")
    loaded = load(tmp_path, {**plugins, "z_good": GOOD})
    assert all(report.ok for report in loaded.reports.values())
    assert "REPORT" not in loaded.output
    assert loaded.facts["children"] == "none"
