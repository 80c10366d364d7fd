"""The command line against a real supervisor with a real playground: as a new user meets it."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.home_lock import HomeLock
from meshvisor.shared.paths import Home
from meshvisor.shared.prepared_home import prepare_home
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT, Outcome, Run, run_process

DEADLINE = 30.0
"""Seconds."""

WITHOUT_PROC = (
    *("unshare", "--user", "--map-root-user", "--mount"),
    *("sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"),
)
"""Runs a command that sees an empty /proc."""


def until(condition: Callable[[], Any]) -> Any:
    """Return what `condition` returns as soon as that is true; errors count as not yet."""
    end = time.monotonic() + DEADLINE
    while True:
        try:
            if result := condition():
                return result
        except MeshvisorError:
            pass
        if time.monotonic() > end:
            raise AssertionError("it did not happen")
        time.sleep(0.02)


def states(home: Home) -> dict[str, str]:
    """Return the state of each mesh."""
    with ControlClient(home.root) as client:
        meshes = client.request("status")["meshes"]
    return {mesh["mesh_id"]: mesh["state"] for mesh in meshes}


def all_connected(home: Home) -> bool:
    """Whether both rooms have their bot."""
    return states(home) == {"lobby": "connected", "cinema": "connected"}


def bots_are_there(home: Home) -> bool:
    """Whether both rooms have their bot, as the rooms see it: a status may be older."""
    rooms = run_process("--home", home.root, "--json", "playground", "state").json["rooms"]
    return all(room["peers"] for room in rooms)


def answers(home: Home) -> bool:
    """Whether a supervisor listens."""
    with ControlClient(home.root) as client:
        return bool(client.request("version"))


def start(home: Home, *options: str) -> subprocess.Popen[str]:
    """Start `meshvisor run`."""
    return subprocess.Popen(
        [*MESHVISOR, "run", "--home", home.root, *options],
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )


def waits_for(home: Home, process: subprocess.Popen[str]) -> bool:
    """Whether a start has found the home locked: it holds no signals back in its home."""
    if Path(f"/proc/{process.pid}/cwd").resolve() != home.root.resolve():
        return False
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("SigBlk:")[2].split()[0], 16) == 0


@pytest.fixture(scope="module")
def real() -> Iterator[Home]:
    """Return a home on which `meshvisor run --playground --rooms 2` runs."""
    home = Home(Path(tempfile.mkdtemp(prefix="mv-")))
    process = start(home, "--playground", "--rooms", "2")
    try:
        until(lambda: all_connected(home))
        yield home
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=DEADLINE)
        shutil.rmtree(home.root)


@pytest.fixture
def meshvisor(run: Run, real: Home) -> Callable[..., Outcome]:
    """Return a function that runs a command on that home, all meshes connected before it."""
    until(lambda: all_connected(real))
    return lambda *arguments: run("--home", real.root, *arguments)


def test_status(meshvisor: Callable[..., Outcome]) -> None:
    """The status has exactly the documented shape."""
    status = meshvisor("status", "--json").json
    assert status["totals"] == {
        "meshes": 2, "connected": 2, "unhealthy": 0, "failed": 0, "blocked": 0,
        "blocked_permanently": 0,
    }  # fmt: skip
    assert set(status["meshes"][0]) == {
        "mesh_id", "state", "pid", "uptime_seconds", "restarts", "connection_attempts",
        "is_healthy", "event_loop_lag_ms", "memory_bytes", "last_error",
    }  # fmt: skip
    assert "All meshes are connected." in meshvisor("status").out


def test_poll(meshvisor: Callable[..., Outcome]) -> None:
    """A poll asks the workers now."""
    polled = meshvisor("status", "--poll", "--json").json
    assert (polled["poll"]["answers"], polled["poll"]["total"]) == (2, 2)
    assert all(mesh["memory_bytes"] > 0 for mesh in polled["meshes"])


def test_stop_start_restart(meshvisor: Callable[..., Outcome], real: Home) -> None:
    """A mesh is stopped, started and restarted by hand."""
    assert meshvisor("stop", "cinema").code == 0
    assert states(real)["cinema"] == "stopped"
    assert meshvisor("start", "cinema").code == 0
    until(lambda: all_connected(real))
    before = meshvisor("meshes", "show", "lobby", "--json").json["pid"]
    assert meshvisor("restart", "lobby").code == 0
    until(lambda: all_connected(real))
    assert meshvisor("meshes", "show", "lobby", "--json").json["pid"] != before


def test_block_and_unblock(meshvisor: Callable[..., Outcome], real: Home) -> None:
    """A block stops the mesh, unblocking starts it again."""
    assert meshvisor("blocklist", "block", "lobby", "--for", "1h").code == 0
    until(lambda: states(real)["lobby"] == "blocked")
    assert "lobby is blocked" in meshvisor_now(real, "status")
    assert "lobby" in meshvisor_now(real, "start", "lobby")
    assert meshvisor_now(real, "blocklist", "unblock", "lobby")
    until(lambda: all_connected(real))


def meshvisor_now(home: Home, *arguments: str) -> str:
    """Return everything that a command says."""
    outcome = run_process("--home", home.root, *arguments)
    return outcome.out + outcome.err


def test_kick_blocks_for_ever(meshvisor: Callable[..., Outcome], real: Home) -> None:
    """A fault on request: a bot that is kicked is blocked until it is unblocked."""
    assert meshvisor("playground", "kick", "cinema").code == 0
    until(lambda: states(real)["cinema"] == "blocked")
    blocked = run_process("--home", real.root, "--json", "blocklist", "list").json["blocked"]
    assert [(e["mesh_id"], e["reason"], e["blocked_until"]) for e in blocked] == [
        ("cinema", "kicked", None)
    ]
    assert run_process("--home", real.root, "blocklist", "unblock", "cinema").code == 0


def test_drop_and_garbage_do_no_harm(meshvisor: Callable[..., Outcome], real: Home) -> None:
    """Other faults are survived; the playground says what it did."""
    assert meshvisor("playground", "garbage", "lobby").out.startswith("Done: garbage lobby")
    until(lambda: bots_are_there(real))
    assert meshvisor("playground", "drop").out == "Done: drop everywhere (peers 2).\n"
    until(lambda: bots_are_there(real))


def test_wrong_fault(meshvisor: Callable[..., Outcome]) -> None:
    """What the playground refuses is one sentence."""
    outcome = meshvisor("playground", "kick", "nowhere")
    assert outcome.code == 2
    assert outcome.err == "Error: The playground refuses: there is no room 'nowhere'.\n"


def test_playground_state(meshvisor: Callable[..., Outcome]) -> None:
    """Rooms and peers are listed."""
    assert "\n  lobby: " in meshvisor("playground", "state").out
    rooms = meshvisor("playground", "state", "--json").json["rooms"]
    assert [room["id"] for room in rooms] == ["lobby", "cinema"]


def test_chat(meshvisor: Callable[..., Outcome], real: Home) -> None:
    """A person finds the room by its name and gets an answer from the bot."""
    meshvisor("status")
    until(lambda: bots_are_there(real))
    done = subprocess.run(
        [*MESHVISOR, "--home", real.root, "chat", "lobby", "--name", "anna"],
        input="?ping\n", capture_output=True, text=True, cwd=PROJECT, timeout=DEADLINE, check=True,
    )  # fmt: skip
    assert "pong" in done.stdout


def test_logs(meshvisor: Callable[..., Outcome]) -> None:
    """The log of one mesh has only its own lines."""
    out = meshvisor("logs", "lobby").out
    assert out
    assert all("[mesh-lobby]" in line for line in out.splitlines() if not line.startswith("    "))


def test_doctor(meshvisor: Callable[..., Outcome]) -> None:
    """On a machine that runs a fleet nothing is in the way."""
    outcome = meshvisor("doctor", "--json")
    assert outcome.code == 0, outcome.out
    checks = {check["name"]: check for check in outcome.json["checks"]}
    assert checks["supervisor"]["text"].startswith("runs as PID ")
    assert checks["mesh server"]["level"] == "ok"
    assert checks["lifeline"]["level"] == "ok"


def test_second_supervisor_is_refused(meshvisor: Callable[..., Outcome], real: Home) -> None:
    """Two supervisors on one home cannot be; the second names the first one's PID."""
    pid = meshvisor("status", "--json").json["supervisor"]["pid"]
    outcome = run_process("run", "--home", real.root)
    assert outcome.code == 1
    assert str(pid) in outcome.err
    assert outcome.err.startswith("Error: ")


def test_beside_a_command(home: Home) -> None:
    """A start waits for a command that has the home for a moment; until then Ctrl+C ends it."""
    prepare_home(home)
    with HomeLock(home):
        impatient, patient = start(home), start(home)
        until(lambda: waits_for(home, impatient) and waits_for(home, patient))
        impatient.send_signal(signal.SIGINT)
        impatient.communicate(timeout=DEADLINE)
        assert impatient.returncode == 130
    until(lambda: answers(home))
    patient.send_signal(signal.SIGTERM)
    patient.communicate(timeout=DEADLINE)
    assert patient.returncode == 0


def test_a_home_that_stays_locked(home: Home, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """A process that keeps it without answering is named in the end."""
    monkeypatch.setattr("meshvisor.shared.home_lock.PATIENCE", 0.2)
    monkeypatch.chdir(home.root)  # where a supervisor works; back again afterwards
    prepare_home(home)
    with HomeLock(home):
        outcome = run("run", "--home", home.root)
    assert (outcome.code, f"PID {os.getpid()}" in outcome.err) == (1, True)


def test_wrong_settings_stop_the_start(home: Home) -> None:
    """A wrong setting is one line with file and line, and exit code 2."""
    home.config.mkdir(mode=0o700)
    home.settings_file.write_text("[fleet]\nhung_after = 'never'\n")
    outcome = run_process("run", "--home", home.root)
    assert outcome.code == 2
    assert "meshvisor.toml:2: fleet.hung_after" in outcome.err


def test_interrupt_and_shutdown(home: Home) -> None:
    """Ctrl+C and `shutdown` both end a supervisor well; without a terminal it logs plain lines."""
    for end in ("interrupt", "shutdown"):
        process = start(home)
        until(lambda: answers(home))
        if end == "interrupt":
            process.send_signal(signal.SIGINT)
        else:
            assert run_process("shutdown", "--home", home.root).code == 0
        _, errors = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0
        assert "\x1b" not in errors
        assert "Traceback" not in errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.some(1)
def test_signal_in_the_middle_of_the_start(home: Home, number: signal.Signals) -> None:
    """A supervisor that is asked to stop while it starts does so in order, and says nothing."""
    process = start(home)
    until(lambda: home.lock_file.exists() and home.lock_file.read_text())
    process.send_signal(number)
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0
    assert "Error" not in errors
    assert "Traceback" not in errors


def test_terminal_that_closes(home: Home) -> None:
    """A supervisor whose terminal was closed ends; SIGHUP from another process is a reload."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*MESHVISOR, "run", "--home", home.root],
        stdin=terminal, stdout=terminal, stderr=terminal, cwd=PROJECT, process_group=0,
    )  # fmt: skip
    os.close(terminal)
    until(lambda: answers(home))
    process.send_signal(signal.SIGHUP)
    until(lambda: "settings read again" in run_process("logs", "--home", home.root).out)
    os.close(controller)
    # A terminal does this to the processes in its foreground.
    process.send_signal(signal.SIGHUP)
    assert process.wait(DEADLINE) == 0


def test_stale_socket_of_a_killed_supervisor(home: Home) -> None:
    """After SIGKILL the socket is left; commands say that none runs, and the next start works."""
    process = start(home)
    until(lambda: answers(home))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=DEADLINE)
    assert home.control_socket.exists()
    assert run_process("status", "--home", home.root).code == 4
    checks = run_process("doctor", "--json", "--home", home.root).json["checks"]
    (check_text,) = [check["text"] for check in checks if check["name"] == "supervisor"]
    assert "left its socket" in check_text
    again = start(home)
    until(lambda: answers(home))
    again.send_signal(signal.SIGTERM)
    again.communicate(timeout=DEADLINE)


@pytest.mark.some(1)
def test_a_container_without_proc(home: Home) -> None:
    """It is refused at once, with the file system that is missing; the doctor says the same."""
    if subprocess.run([*WITHOUT_PROC, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this user may not make a mount namespace")
    outcomes = [
        subprocess.run(
            [*WITHOUT_PROC, *MESHVISOR, "--home", home.root, command],
            capture_output=True,
            text=True,
            cwd=PROJECT,
            timeout=DEADLINE,
            check=False,
        )
        for command in ("run", "doctor")
    ]
    assert outcomes[0].returncode == 3
    assert outcomes[0].stderr.startswith("Error: /proc is not mounted")
    assert outcomes[0].stderr.count("\n") == 1
    assert "fail  proc: missing" in outcomes[1].stdout
