"""Loading plug-ins in the zygote without trusting them.

A plug-in is foreign code: it may raise, exit, crash, hang or start threads while it
is imported.  So each is first imported in a forked probe.  Only what survives there is imported
in the zygote itself, where all children share its memory.  What ruins the zygote all the same is
found by the supervisor (`supervisor.children.plugin_trials`), to which each is announced.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from meshvisor.shared import strays
from meshvisor.shared.model.exits import ChildExit, ExitCause
from meshvisor.shared.protocol.zygote import (
    MAX_DATAGRAM,
    Loading,
    PluginLoaded,
    PluginReport,
    ZygoteMessage,
    decode,
    encode,
)
from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.mesh.commands.registry import COMMANDS
from meshvisor.worker.plugins import Source, have_changed, load_one, watch
from meshvisor.worker.registries import of_features

STDERR: Final = 2

PROBE_DEADLINE: Final = 10.0
"""Seconds that a plug-in may take to import; workers wait for it."""

ALL_PROBES_DEADLINE: Final = 20.0
"""Seconds after which no plug-in gets more than `LAST_PROBE_DEADLINE`: a zygote that is not ready
after 30 s is taken for hung, and three plug-ins that hang must not keep all bots away for ever."""

LAST_PROBE_DEADLINE: Final = 1.0
"""Seconds; enough for a plug-in that does not hang and loads nothing big."""

ROOM_FOR_TRACEBACK: Final = MAX_DATAGRAM // 2
"""Bytes of its JSON: the report on a plug-in travels in one datagram."""

ROOM_FOR_REPORT: Final = MAX_DATAGRAM // 2
"""Bytes of JSON of the report on a plug-in that can be loaded; the same datagram."""

MOST_NAMES: Final = 1_000
"""Commands and actions of all plug-ins: far more than a user can remember, and few enough for every
worker to report them in one message."""

LIMITS: Final = tuple(
    (getattr(resource, name), name)
    for name in (
        "RLIMIT_NOFILE",
        "RLIMIT_NPROC",
        "RLIMIT_AS",
        "RLIMIT_DATA",
        "RLIMIT_STACK",
        "RLIMIT_FSIZE",
        "RLIMIT_CPU",
    )
)
"""Limits without which no worker could be forked or live, and their names."""

SUSPECTED: Final = "it is left out until it is known which plug-in ends the zygote"

TIMERS: Final = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)

ONE_THREAD: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables that keep numerical libraries from starting a thread for each processor when they
are imported: a process with threads cannot be forked."""

SPOILS: Final = (
    "its import changes what Meshvisor itself is built on, such as the module json; leave modules "
    "of others as they are"
)

SAMPLE: Final = PluginLoaded(PluginReport("a", True, ("b",), {"d": ({"name": "c"},)}, line=1))
"""Something to say, to see whether that still works."""

Say = Callable[[ZygoteMessage], None]


def load_plugins(
    modules: Sequence[str],
    folder: Path,
    say: Say = lambda message: None,
    *,
    only: Sequence[str] | None = None,
    without: Mapping[str, str] = MappingProxyType({}),
) -> list[PluginReport]:
    """Load every plug-in that can be loaded and report on all of them.

    Args:
        modules: names from the settings.
        folder: whose files are plug-ins.
        say: called for each plug-in before it is loaded and after.
        only: names of those to load; None: all.
        without: names of those to leave out, and why.
    """
    end = time.monotonic() + ALL_PROBES_DEADLINE
    reports = []
    with _one_thread():
        for source in watch(modules, folder):
            if source.name in without or (only is not None and source.name not in only):
                report = _failed(source, without.get(source.name, SUSPECTED))
            else:
                say(Loading(source.name))
                report = _load(source, end)
            reports.append(_cut(report))
            say(PluginLoaded(reports[-1]))
    return reports


def compare(_start: ChildStart) -> int:
    """Be the child that looks whether the files of the plug-ins have changed since the load.

    A child, because a slow disk may hold up neither the zygote nor the supervisor; and the zygote
    knows what it has loaded, wherever it was found.
    """
    return int(have_changed())


# Private


@contextmanager
def _one_thread() -> Iterator[None]:
    """Have libraries that are imported meanwhile start no threads of their own accord.

    How many the operator wants counts; and programs of workers have the environment as it was.
    """
    mine = [name for name in ONE_THREAD if name not in os.environ]
    os.environ.update(dict.fromkeys(mine, "1"))
    try:
        yield
    finally:
        for name in mine:
            os.environ.pop(name, None)


def _load(source: Source, end: float) -> PluginReport:
    left = max(LAST_PROBE_DEADLINE, end - time.monotonic())
    trial = _probe(source, min(PROBE_DEADLINE, left))
    if not trial.ok:
        return trial
    return load_one(source)


def _probe(source: Source, deadline: float) -> PluginReport:
    """Import the plug-in in a child process and return what came of it."""
    # Memory and not a pipe: a long answer must not wait for its reader.
    with open(os.memfd_create("meshvisor-probe", os.MFD_CLOEXEC), "r+b") as shared:
        _flush()  # or what waits to be written would be written by both
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
        return _understood(source, answer)
    return _failed(
        source, f"while it was imported, the process {ExitCause.from_wait_status(status)}"
    )


def _understood(source: Source, answer: bytes) -> PluginReport:
    with contextlib.suppress(ValueError):
        message = decode(answer)
        if isinstance(message, PluginLoaded):
            return message.report
    return _failed(source, SPOILS)


def _probe_child(source: Source, answer: int) -> None:
    limits = _limits()
    try:
        strays.mark()
        report = load_one(source)
        if report.ok:
            error = _objection(report, limits)
            report = _failed(source, error) if error else report
        os.pwrite(answer, encode(PluginLoaded(_cut(report))), 0)
        _flush()
    except Exception:  # noqa: BLE001 - whatever it has broken, or left for its report
        os.write(STDERR, traceback.format_exc().encode(errors="replace"))
        os._exit(ChildExit.CRASHED)
    finally:
        os._exit(0)


def _flush() -> None:
    """Have everything written that was printed, wherever a plug-in has it go."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()


def _limits() -> dict[str, int]:
    """Return the soft limits of this process; none counts as more than any."""
    soft = {name: resource.getrlimit(number)[0] for number, name in LIMITS}
    return {
        name: sys.maxsize if limit == resource.RLIM_INFINITY else limit
        for name, limit in soft.items()
    }


def _objection(report: PluginReport, before: Mapping[str, int]) -> str:
    """Return why a plug-in that was imported must not get into the zygote; empty: it may."""
    if objection := _too_much(report):
        return objection
    if len(os.listdir("/proc/self/task")) > 1:
        return (
            "its import starts a thread, and a process with threads cannot be forked; start it in "
            "an event handler, or import the library that starts it inside the function that uses "
            "it"
        )
    if any(signal.getitimer(kind)[0] for kind in TIMERS):
        return (
            "its import sets a timer, whose signal would end the process from which all bots are "
            "started; set it in an event handler"
        )
    if signal.pthread_sigmask(signal.SIG_BLOCK, ()):
        return (
            "its import blocks signals in the process from which all bots are started; do that in "
            "an event handler"
        )
    lowered = [name for name, limit in _limits().items() if limit < before[name]]
    if lowered:
        return (
            f"its import lowers a limit of the process that all bots share ({lowered[0]}); lower "
            "it in the program that needs it"
        )
    return "" if _can_talk() else SPOILS


def _too_much(report: PluginReport) -> str:
    """Return why so many names, or so long ones, cannot be reported; empty: they can."""
    registries = of_features()
    names, room = len(report.commands) + sum(map(len, report.registered.values())), ROOM_FOR_REPORT
    total = len(COMMANDS.names) + sum(len(one.names) for one in registries.values())
    what = " and ".join(["commands", *registries])
    if total > MOST_NAMES:
        return f"with its {names} there are {total} {what}; at most are {MOST_NAMES}"
    if len(encode(PluginLoaded(report))) > room:
        return (
            f"what it says of its {names} {what} has more than {room} bytes; spread them over "
            "several plug-ins"
        )
    return ""


def _can_talk() -> bool:
    """Return whether something that is said can still be understood."""
    try:
        return decode(encode(SAMPLE)) == SAMPLE
    except (TypeError, ValueError):
        return False


def _wait(pid: int, deadline: float) -> bool:
    """Wait so many seconds for the end of the probe; False when it takes longer."""
    pidfd = os.pidfd_open(pid)
    try:
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        return bool(poller.poll(deadline * 1000))
    finally:
        os.close(pidfd)


def _cut(report: PluginReport) -> PluginReport:
    """Leave the beginning of a traceback out until it fits."""
    text = report.traceback
    while len(json.dumps(text)) > ROOM_FOR_TRACEBACK:
        text = text[len(text) // 4 + 1 :]
    return msgspec.structs.replace(report, traceback=text)


def _failed(source: Source, error: str) -> PluginReport:
    file = source.location if source.kind == "file" else ""
    return PluginReport(name=source.name, ok=False, error=error, file=file)
