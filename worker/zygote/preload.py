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
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from shared.model.exits import ExitCause
from shared.protocol.zygote import MAX_DATAGRAM, PluginReport
from worker.plugins import Source, find, load_one

PROBE_DEADLINE: Final = 10.0
"""Seconds that a plug-in may take to import; workers wait for it."""

ALL_PROBES_DEADLINE: Final = 20.0
"""Seconds after which no plug-in gets more than `LAST_PROBE_DEADLINE`: a zygote that is not ready
after 30 s is taken for hung, and three plug-ins that hang must not keep all bots away for ever."""

LAST_PROBE_DEADLINE: Final = 1.0
"""Seconds; enough for a plug-in that does not hang and loads nothing big."""

ROOM_FOR_TRACEBACKS: Final = MAX_DATAGRAM // 2
"""Bytes of JSON for those of all plug-ins: the reports travel in one datagram."""


def load_plugins(modules: Sequence[str], folder: Path) -> list[PluginReport]:
    """Load every plug-in that can be loaded and report on all of them."""
    end = time.monotonic() + ALL_PROBES_DEADLINE
    reports = [_load(source, end) for source in find(modules, folder)]
    share = ROOM_FOR_TRACEBACKS // max(1, sum(not report.ok for report in reports))
    return [_cut(report, share) for report in reports]


def _load(source: Source, end: float) -> PluginReport:
    left = max(LAST_PROBE_DEADLINE, end - time.monotonic())
    trial = _probe(source, min(PROBE_DEADLINE, left))
    if not trial.ok:
        return trial
    return load_one(source)


def _probe(source: Source, deadline: float) -> PluginReport:
    """Import the plug-in in a child process and return what came of it."""
    # Memory and not a pipe: a long answer must not wait for somebody who reads it.
    with open(os.memfd_create("meshvisor-probe", os.MFD_CLOEXEC), "r+b") as shared:
        # What waits to be written would else be written by both.
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            _probe_child(source, shared.fileno())
        ended_in_time = _wait(pid, deadline)
        if not ended_in_time:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        answer = shared.read()
    if not ended_in_time:
        return _failed(source, f"its import did not end within {deadline:.2g} s")
    if answer:
        fields = json.loads(answer)
        lists = {name: tuple(fields[name]) for name in ("commands", "actions")}
        return PluginReport(**{**fields, **lists})
    return _failed(
        source, f"while it was imported, the process {ExitCause.from_wait_status(status)}"
    )


def _probe_child(source: Source, answer: int) -> None:
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
                "actions": report.actions,
                "error": report.error,
                "traceback": report.traceback,
            }
        )
        os.pwrite(answer, text.encode(), 0)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(0)


def _wait(pid: int, deadline: float) -> bool:
    """Wait so many seconds for the end of the probe; False when it takes longer."""
    pidfd = os.pidfd_open(pid)
    try:
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        return bool(poller.poll(deadline * 1000))
    finally:
        os.close(pidfd)


def _cut(report: PluginReport, most: int) -> PluginReport:
    """Leave the beginning of a traceback out until its JSON has at most `most` bytes."""
    text = report.traceback
    while len(json.dumps(text)) > most:
        text = text[len(text) // 4 + 1 :]
    return replace(report, traceback=text)


def _failed(source: Source, error: str) -> PluginReport:
    return PluginReport(name=source.name, ok=False, error=error)
