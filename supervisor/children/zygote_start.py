"""Starting a zygote, as early as possible.

Owns what all zygotes of one supervisor share (`SharedResources`) and how one is executed.  Does not
own its life (`supervisor.children.zygote`).  A zygote needs as long to load as the supervisor
itself; `supervisor.app` starts the first one before it imports anything heavy, so that both load at
the same time.  For that reason this module imports next to nothing.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import ExitStack

from meshvisor.shared import heartbeat, lifeline
from meshvisor.shared.feature import features
from meshvisor.shared.home_lock import HomeLock
from meshvisor.supervisor.spawn import spawn

SEND_BUFFER = 4 * 1024 * 1024
"""Bytes of requests that may wait in the kernel: thousands of spawns at once."""


def preloaded() -> tuple[str, ...]:
    """Return the modules that every zygote loads before it forks: what children run."""
    return tuple(module for feature in features() for module in feature.children)


class SharedResources:
    """What outlives a single zygote, and what the next one is started with.

    Attributes:
        home: the home folder.
        lifeline_read: passed to all children.
        lifeline_write: held by the supervisor only; its end is the end of all children.
        heartbeats: descriptor of the shared memory that children stamp.
        preload: modules that the zygote imports; None: those of all features.
        open_files: how many descriptors each child may have (RLIMIT_NOFILE); 0: as many as the
            supervisor.
    """

    def __init__(
        self, home: str, preload: tuple[str, ...] | None = None, *, open_files: int = 0
    ) -> None:
        self.home = home
        self.preload = preloaded() if preload is None else preload
        self.open_files = open_files
        self.lifeline_read, self.lifeline_write = lifeline.create()
        self.heartbeats = heartbeat.create()
        self._open = [self.lifeline_write, self.lifeline_read, self.heartbeats]

    def close(self) -> None:
        """Give everything up, and with the lifeline whatever child still lives; idempotent."""
        while self._open:
            os.close(self._open.pop(0))


class StartedZygote:
    """A zygote that loads, and the supervisor's ends of what connects them."""

    def __init__(self, pid: int, channel: socket.socket, output: int) -> None:
        self.pid = pid
        self.channel = channel
        self.output = output


class EarlyStart:
    """What `supervisor.app` has started before everything else.

    Attributes:
        lock: held on the home.
        resources: see there.
        zygote: None with `--single-process`.
    """

    def __init__(
        self, lock: HomeLock, resources: SharedResources, zygote: StartedZygote | None
    ) -> None:
        self.lock = lock
        self.resources = resources
        self.zygote = zygote


def start_zygote(resources: SharedResources) -> StartedZygote:
    """Execute a zygote; returns at once.  It waits for `Load` before it is ready.

    Raises:
        OSError: no process or no descriptor is left; nothing stays open.
    """
    with ExitStack() as theirs, ExitStack() as ours:
        channel, its_channel = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.enter_context(channel)
        theirs.enter_context(its_channel)
        channel.setblocking(False)
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        output, its_output = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        ours.callback(os.close, output)
        theirs.callback(os.close, its_output)
        nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        theirs.callback(os.close, nothing)
        pid = spawn(
            _command(resources),
            {
                0: nothing,
                1: its_output,
                2: its_output,
                3: its_channel.fileno(),
                4: resources.lifeline_read,
                5: resources.heartbeats,
            },
        )
        ours.pop_all()
    return StartedZygote(pid, channel, output)


def _command(resources: SharedResources) -> list[str]:
    command = [sys.executable]
    # Nothing in the home may stand in for a module of the standard library.
    command += ["-P", "-m", "meshvisor.worker.zygote", "--home", resources.home]
    command += ["--socket", "3", "--lifeline", "4", "--heartbeats", "5"]
    command += ["--open-files", str(resources.open_files)]
    for module in resources.preload:
        command += ["--preload", module]
    return command
