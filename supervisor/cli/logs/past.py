"""What was logged until now: the supervisor's memory and the log files, merged.

The memory of a supervisor begins with its start and holds some hundred lines per mesh; the files
go back further, but get each line a moment later.  Owns the merging, and what is said when only
files are there.  Called by `logs`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from meshvisor.shared.control.conversation import SilentError
from meshvisor.shared.errors import MeshvisorError, MissingError, UsageError
from meshvisor.shared.logs.files import Wanted, order_of, read_tail, sources_of
from meshvisor.shared.logs.line import SUPERVISOR, is_source
from meshvisor.shared.paths import Home
from meshvisor.shared.system_errors import shortage
from meshvisor.supervisor.cli import output

MOST: Final = 100_000
"""Lines at once; as many as a supervisor takes for one request."""

SURELY_IN_MEMORY: Final = 200
"""Lines up to which a supervisor that has so many has the newest ones: `logs.lines_in_memory`."""

LIVE: Final = {"live": True}
"""The event behind the last one of the past."""

NOT_RUNNING: Final = "No supervisor runs; this is what the last one has logged."
HANGS: Final = "The supervisor does not answer; this is what it has logged until now."
"""Why there are only files."""

Event = dict[str, Any]


def request(wanted: Wanted, lines: int) -> dict[str, Any]:
    """Return the arguments of the control socket's `logs` for what is wanted."""
    if wanted != Wanted(wanted.mesh_ids):
        lines = MOST if lines else 0  # of the newest few perhaps none is wanted
    if len(wanted.mesh_ids) > 1:
        return {"mesh_ids": list(wanted.mesh_ids), "lines": lines}
    return {"mesh_id": wanted.mesh_ids[0] if wanted.mesh_ids else None, "lines": lines}


def until_now(home: Home, memory: Iterable[Event], wanted: Wanted, lines: int) -> Sequence[Event]:
    """Return the newest events of the memory and of the files, oldest first.

    Args:
        home: whose files are read.
        memory: the past as the supervisor has it.
        wanted: which of them.
        lines: at most so many.

    Raises:
        UsageError: there is no such mesh, and no file of one either.
    """
    try:
        remembered = list(memory)
    except UsageError:
        if silent := [name for name in wanted.mesh_ids if _has_said_nothing(home, name)]:
            raise UsageError(
                f"nothing of {', '.join(silent)} is in the logs yet; 'meshvisor logs' alone shows "
                "what everything has said, the supervisor, too"
            ) from None
        if len(sources_of(home, wanted.mesh_ids)) < len(wanted.mesh_ids):
            raise
        remembered = []  # a mesh that was there before this supervisor
    if not lines:
        return ()
    if len(remembered) >= lines and lines <= SURELY_IN_MEMORY and wanted == Wanted(wanted.mesh_ids):
        return remembered[-lines:]
    kept = [event for event in remembered if _is_wanted(event, wanted)]
    return _merged(_read(home, wanted, lines), kept)[-lines:]


def left_behind(home: Home, wanted: Wanted, lines: int, error: MeshvisorError) -> Sequence[Event]:
    """Return what is in the files of a supervisor that cannot be asked.

    Args:
        home: whose files are read.
        wanted: which of them.
        lines: at most so many.
        error: why it cannot be asked; raised when there are no files either.

    Raises:
        UsageError: there are files, and none of one of the meshes.
        MissingError: the files cannot be read.
    """
    if not sources_of(home, ()):
        raise error
    unknown = [mesh_id for mesh_id in wanted.mesh_ids if not sources_of(home, (mesh_id,))]
    if unknown:
        raise UsageError(
            f"there is no log of {', '.join(unknown)} in {home.logs}; without a name "
            "'meshvisor logs' shows all there are"
        )
    try:
        events = read_tail(home, wanted, lines)
    except OSError as refusal:
        raise MissingError(_unreadable(refusal)) from None
    output.remark(HANGS if isinstance(error, SilentError) else NOT_RUNNING)
    return events


# Private


def _has_said_nothing(home: Home, name: str) -> bool:
    """Say whether a name is that of something else than a mesh, and has no log so far."""
    is_other = name == SUPERVISOR or is_source(name)
    return is_other and not sources_of(home, (name,))


def _read(home: Home, wanted: Wanted, lines: int) -> list[Event]:
    try:
        return read_tail(home, wanted, lines)
    except OSError as error:
        # What the supervisor remembers is worth showing all the same.
        output.remark(f"Older lines are missing: {_unreadable(error)}")
        return []


def _unreadable(error: OSError) -> str:
    if short := shortage(error):
        return str(short)
    return (
        f"{error.filename} cannot be read ({error.strerror}); run this command as the user "
        "who runs the supervisor."
    )


def _is_wanted(event: Event, wanted: Wanted) -> bool:
    if "dropped" in event:
        return True
    return event["ts"] >= wanted.since and (wanted.keeps is None or wanted.keeps(event))


def _merged(files: Sequence[Event], memory: Sequence[Event]) -> list[Event]:
    """Return both by time, each event once; the same line twice is two events."""
    known = Counter(map(key_of, memory))
    older = []
    # From the end: of lines that are alike, those in memory are the newest.
    for event in reversed(files):
        key = key_of(event)
        if known[key] > 0:
            known[key] -= 1
        else:
            older.append(event)
    now = time.time()
    return sorted(
        [*reversed(older), *memory], key=lambda event: order_of(event.get("ts", 0.0), now)
    )


def key_of(event: Event) -> tuple[object, ...]:
    """Return what is the same for an event of the memory and for the same one of a file."""
    if "ts" not in event:
        return ("dropped",)
    # Files keep milliseconds, and a record's first line without blanks in front.
    text = str(event["text"]).lstrip(" ")
    return (event["mesh_id"], round(event["ts"] * 1000), event["level"], text)
