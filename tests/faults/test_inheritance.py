"""What children, and the programs that plug-ins start in them, inherit: nothing of ours.

Seen from inside such programs, which were started in the ways that close and reset nothing by
themselves (`os.system`, `subprocess` with `close_fds=False`).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from tests.faults.conftest import MakeFleet, StartFleet
from tests.fleet import Fleet

pytestmark = pytest.mark.faults

LOOK = r"""
import json
from pathlib import Path

LOOK = Path("look.py")
LOOK.write_text('''
import json, os, resource, sys
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
facts = {
    # Without the one that lists them.
    "open": sorted(int(n) for n in os.listdir("/proc/self/fd")
                   if os.path.exists(f"/proc/self/fd/{n}")),
    "variables": sorted(os.environ),
    "ignored": int(os.environ["SEEN_IGNORED"], 16),
    "blocked": int(os.environ["SEEN_BLOCKED"], 16),
    "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
}
with open(sys.argv[1] + ".part", "w") as file:
    json.dump(facts, file)
os.rename(sys.argv[1] + ".part", sys.argv[1])
''')

# The shell says what it was given: Python changes some of its signals itself.
SHELL = '''
while read name value; do
  case $name in SigIgn:) SEEN_IGNORED=$value;; SigBlk:) SEEN_BLOCKED=$value;; esac
done < /proc/$$/status
export SEEN_IGNORED SEEN_BLOCKED
exec "$0" look.py "$1"
'''

def look(name):
    os.system(f"sh -c '{SHELL}' {sys.executable} {name}-system")
    subprocess.run(["sh", "-c", SHELL, sys.executable, f"{name}-popen"], close_fds=False,
                   restore_signals=False)

look(f"import-{os.getpid()}")

@command("look")
async def look_command(ctx):
    look("command")
    return "looked"

@command("threaded")
def look_in_a_thread(ctx):
    look("thread")
    return "looked"

@action("look")
async def look_action(job):
    look("action")
"""

OPEN_SOMETHING = "import os, sys; os.dup2(os.pipe()[0], 42); os.execvp(sys.argv[1], sys.argv[1:])"
"""What has a file of its own open, like a service manager that passes on sockets."""

RESERVED_BY_LIBC = 0b11 << 31
"""Signals 32 and 33, which glibc keeps for itself."""

FROM_OUTSIDE = {
    "NOTIFY_SOCKET": "/nobody/listens",
    "WATCHDOG_USEC": "600000000",
    "LISTEN_FDS": "1",
    "LISTEN_PID": "1",
    "MESHVISOR__LOGS__LEVEL": "info",
}


def facts(fleet: Fleet) -> dict[str, dict[str, Any]]:
    """Return what the programs have seen so far, by name."""
    return {
        path.name: json.loads(path.read_text())
        for path in fleet.home.root.iterdir()
        if path.name.endswith(("-system", "-popen"))
    }


async def look_everywhere(fleet: Fleet, playground: Playground) -> dict[str, dict[str, Any]]:
    """Return what is seen from commands, an action and from the import of the plug-in."""
    for name in facts(fleet):
        if not name.startswith("import"):
            (fleet.home.root / name).unlink()
    await playground.wait_for_peer("lobby")
    for question in ("?look", "?threaded"):
        assert (await playground.ask("lobby", question)).text == "looked"
    await fleet.ask("jobs_submit", mesh_id="lobby", submission={"action": "look"})
    # The one of `popen` comes last.
    await fleet.until(lambda: "action-popen" in facts(fleet), "the action to have looked")
    return facts(fleet)


async def test_programs_inherit_nothing(make_fleet: MakeFleet, playground: Playground) -> None:
    """Only the standard descriptors, no word of a service manager, and signals as they should be.

    With the first zygote and with one that has replaced it.
    """
    fleet = make_fleet(LOOK)
    before = (sys.executable, "-c", OPEN_SOMETHING)
    await fleet.start(environment=FROM_OUTSIDE, soft_open_files=777, before=before)
    worker, zygote = await fleet.worker(), await fleet.zygote()
    seen = await look_everywhere(fleet, playground)
    os.kill(zygote, signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)
    await fleet.worker(besides=worker)
    again = await look_everywhere(fleet, playground)
    assert (len(seen), len(again)) == (10, 14)  # with each import, and the trial before it
    for name, one in (*seen.items(), *again.items()):
        assert one["open"] == [0, 1, 2], name
        assert not set(FROM_OUTSIDE) & set(one["variables"]), name
        assert one["ignored"] & ~RESERVED_BY_LIBC == 0, f"{name}: {one['ignored']:x}"
        assert one["blocked"] == 0, name
        assert one["files"] == 777, name
        assert one["core"] == 0, name


@pytest.mark.long
async def test_a_program_can_be_interrupted(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """SIGINT ends what a command has started, as it does everywhere else."""
    fleet = await start_fleet(
        """
@command("sleep")
async def sleep(ctx):
    process = await asyncio.create_subprocess_exec("sleep", "3600", restore_signals=False)
    process.send_signal(signal.SIGINT)
    return f"it ended with {await process.wait()}"
"""
    )
    await fleet.worker()
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?sleep")).text == "it ended with -2"


@pytest.mark.long
async def test_text_without_an_end_of_line(start_fleet: StartFleet, playground: Playground) -> None:
    """A record behind the raw output of a program stays a record, with its level and event."""
    fleet = await start_fleet(
        """
@command("ask")
async def ask(ctx):
    os.write(1, b"Password: ")
    raise RuntimeError("on purpose")

@command("prompt")
async def prompt(ctx):
    os.system("printf 'Name: '")
    print("printed")
    os.write(2, b"half a line")
    logging.getLogger("shop").error("logged")
""".replace("@command", "import logging\n@command", 1)
    )
    await fleet.worker()
    await playground.wait_for_peer("lobby")
    await playground.ask("lobby", "?ask")
    await fleet.logged(r"info[^\n]*Password:\s*\n", "lobby")
    await fleet.logged(r"error[^\n]*command:ask failed[^\n]* event=handler_failed\n", "lobby")
    await fleet.logged(r"\n[^\n]* Traceback[^\n]*\n.*\n[^\n]*RuntimeError: on purpose\n", "lobby")
    playground.say("lobby", "?prompt")
    await fleet.logged(r"Name:\s*\n[^\n]*printed[^\n]*\n", "lobby")
    await fleet.logged(r"half a line\n[^\n]*error[^\n]*logged", "lobby")
