from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from meshvisor.features.watch_party.protoo.control import request_fault, request_state
from meshvisor.playground.server import Playground

COMMAND = [sys.executable, "-W", "error", "-m", "meshvisor.playground"]


@contextmanager
def started(*arguments: str, **how: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a playground as a process."""
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> dict[str, str]:
    """Return the line that a playground says when it listens."""
    assert process.stdout is not None
    line: dict[str, str] = json.loads(process.stdout.readline())
    return line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_life(number: signal.Signals) -> None:
    """It says where it listens, does what it is asked, and ends politely at a signal."""
    with started("--rooms", "4", "--residents", "1", "--seed", "7") as process:
        server = line_of(process)["server"]
        await request_fault(server, "storm", "lobby", {"count": 10})
        rooms = (await request_state(server))["rooms"]
        process.send_signal(number)
        output, errors = process.communicate(timeout=10)

    assert [room["id"] for room in rooms] == ["lobby", "cinema", "workshop", "room-4"]
    assert process.returncode == 0
    assert output + errors == ""


async def test_ready_descriptor() -> None:
    """The line goes to a descriptor when one is given, and that is closed afterwards."""
    read_end, write_end = os.pipe()
    with started("--ready-fd", str(write_end), pass_fds=[write_end]):
        os.close(write_end)
        line = json.loads(os.read(read_end, 1000))
        assert os.read(read_end, 1) == b""  # no write end is left
        os.close(read_end)
        await request_state(line["server"])

    assert line["url"] == line["server"].replace("ws://", "http://")


async def test_taken_port(playground: Playground) -> None:
    """A port that is taken is one sentence and an exit code."""
    with started("--port", str(playground.port)) as process:
        output, errors = process.communicate(timeout=10)

    assert process.returncode == 1
    assert output == ""
    assert errors == (
        f"The playground cannot listen on 127.0.0.1:{playground.port}: address already in use.\n"
    )


def test_links_are_said() -> None:
    """A link for a user who logs in is a line of the output; a signature may be asked for."""
    with started("--require-login") as process:
        url = line_of(process)["url"]
        content = json.dumps({"email": "bot@example.org", "deviceId": "d"}).encode()
        with urlopen(Request(f"{url}/auth/link", content), timeout=10) as answer:
            link = json.load(answer)["data"]["link"]
        assert process.stdout is not None
        said = process.stdout.readline()
        with pytest.raises(HTTPError) as caught:
            urlopen(f"{url}/meshes/self", timeout=10)
        caught.value.close()

    assert said == f"Link for bot@example.org, good for 10 minutes: {link}\n"
    assert caught.value.code == 401


def test_signatures_are_asked_for() -> None:
    """With a key, requests without a signature are refused."""
    with started("--signing-key", "key") as process:
        url = line_of(process)["url"]
        with pytest.raises(HTTPError) as caught:
            urlopen(f"{url}/meshes/self", timeout=10)
        caught.value.close()

    assert caught.value.code == 403


@pytest.mark.parametrize(
    "arguments", [["--rooms", "-1"], ["--port", "65536"], ["--residents", "x"], ["--moon"]]
)
@pytest.mark.some(3)
def test_wrong_arguments(arguments: list[str]) -> None:
    """Arguments that cannot be are refused with what is allowed."""
    with started(*arguments) as process:
        _, errors = process.communicate(timeout=10)

    assert process.returncode == 2
    assert "error" in errors


def test_ends_with_its_parent() -> None:
    """A playground that belongs to a process is gone when that process is killed."""
    parent_code = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen([*sys.argv[1:], '--with-parent', str(os.getpid())])\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent_code, *COMMAND], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        child = os.pidfd_open(pid)
        assert json.loads(parent.stdout.readline())["server"]  # it listens
        parent.kill()
        parent.wait()
        ended, _, _ = select.select([child], [], [], 5)
        os.close(child)

    assert ended


def test_a_parent_that_is_gone_already() -> None:
    """A playground whose parent died before it could be watched does not even start."""
    with started("--with-parent", "1") as process:
        output, _ = process.communicate(timeout=10)

    assert process.returncode == 1
    assert output == ""
