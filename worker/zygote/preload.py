"""Loading plug-ins in the zygote without trusting them.

A plug-in is code of somebody else: it may raise, exit, crash, hang or start threads while it
is imported.  So each is first imported in a forked probe.  Only what survives there is imported
in the zygote itself, where all children share its memory.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from shared.model.exits import ExitCause
from shared.protocol.zygote import PluginReport
from worker.plugins import Source, find, load_one

PROBE_DEADLINE: Final = 10.0
"""Seconds that a plug-in may take to import; workers wait for it."""


def load_plugins(modules: Sequence[str], folder: Path) -> list[PluginReport]:
    """Load every plug-in that can be loaded and report on all of them."""
    return [_load(source) for source in find(modules, folder)]


def _load(source: Source) -> PluginReport:
    trial = _probe(source)
    if not trial.ok:
        return trial
    return load_one(source)


def _probe(source: Source) -> PluginReport:
    """Import the plug-in in a child process and return what came of it."""
    read_end, write_end = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        _probe_child(source, write_end)
    os.close(write_end)
    with open(read_end, "rb") as pipe:
        ended_in_time = _wait(pid)
        answer = _read_available(pipe.fileno())
    if not ended_in_time:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if not ended_in_time:
        return _failed(source, f"its import did not end within {PROBE_DEADLINE:g} s")
    if answer:
        fields = json.loads(answer)
        return PluginReport(**{**fields, "commands": tuple(fields["commands"])})
    return _failed(
        source, f"while it was imported, the process {ExitCause.from_wait_status(status)}"
    )


def _probe_child(source: Source, write_end: int) -> None:
    try:
        report = load_one(source)
        threads = len(os.listdir("/proc/self/task"))
        if report.ok and threads > 1:
            report = _failed(
                source,
                "its import starts a thread, and a process with threads cannot be forked; "
                "start it in an event handler instead",
            )
        text = json.dumps(
            {
                "name": report.name,
                "ok": report.ok,
                "commands": report.commands,
                "error": report.error,
                "traceback": report.traceback[-32_000:],
            }
        )
        os.write(write_end, text.encode())
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(0)


def _wait(pid: int) -> bool:
    """Wait for the end of the probe; False when it takes too long."""
    pidfd = os.pidfd_open(pid)
    try:
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        return bool(poller.poll(PROBE_DEADLINE * 1000))
    finally:
        os.close(pidfd)


def _read_available(descriptor: int) -> bytes:
    os.set_blocking(descriptor, False)
    try:
        return os.read(descriptor, 1 << 20)
    except BlockingIOError:
        return b""


def _failed(source: Source, error: str) -> PluginReport:
    return PluginReport(name=source.name, ok=False, error=error)
