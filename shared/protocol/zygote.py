"""What the supervisor and the zygote say to each other, without I/O.

One JSON object per datagram of a SOCK_SEQPACKET socketpair, with descriptors beside it
(SCM_RIGHTS).  Structs whose fields are not checked: both ends are of the same version, and the way
from a dead worker to its successor leads through here twice.
"""

from __future__ import annotations

import json
from typing import Any, Final, cast

import msgspec

from meshvisor.shared import foreign_json

MAX_DATAGRAM: Final = 128 * 1024
"""Bytes.  Start parameters are far below; the report on each plug-in is cut to fit."""

CHILD_DESCRIPTORS: Final = 2
"""Sent with `Spawn`: the child's end of its channel, and the write end of its log pipe."""


class Load(msgspec.Struct, frozen=True):
    """Supervisor → zygote, the first message: load these plug-ins, then say `ZygoteReady`."""

    plugins: tuple[str, ...] = ()
    """Modules, beside the files in the home's `config/plugins/`."""
    only: tuple[str, ...] | None = None
    """Names of the plug-ins to load, to find one that ruins the zygote; None: all."""
    without: dict[str, str] = msgspec.field(default_factory=dict)
    """Names of those to leave out, and why, as it is reported."""


class Spawn(msgspec.Struct, frozen=True):
    """Supervisor → zygote: fork a child.  Carries `CHILD_DESCRIPTORS`."""

    id: int
    entry: str
    """`module:function` to call in the child with its `ChildStart`; returns the exit code."""
    name: str
    """Mesh id or lane."""
    slot: int
    """Index of its heartbeat."""
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    kind: str = "worker"
    """What it is called in lists of processes, before its name."""


class PluginReport(msgspec.Struct, frozen=True):
    """How the loading of one plug-in went."""

    name: str
    ok: bool
    commands: tuple[str, ...] = ()
    registered: dict[str, tuple[dict[str, Any], ...]] = msgspec.field(default_factory=dict)
    """What it has registered with features, by their registries, such as `actions`; each has a
    `name`."""
    error: str = ""
    """One sentence."""
    file: str = ""
    """Path of the file to look at; empty: unknown."""
    line: int | None = None
    """Of `file`; None: unknown."""
    traceback: str = ""


class Loading(msgspec.Struct, frozen=True):
    """Zygote → supervisor: this plug-in comes next; if the zygote dies now, it is the culprit."""

    name: str


class PluginLoaded(msgspec.Struct, frozen=True):
    """Zygote → supervisor: what became of one plug-in."""

    report: PluginReport


class ZygoteReady(msgspec.Struct, frozen=True):
    """Zygote → supervisor: everything is loaded; children can be forked."""

    code: str = ""
    """A digest of the code of all plug-ins as it was loaded."""


class Spawned(msgspec.Struct, frozen=True):
    """Zygote → supervisor: the answer to `Spawn`.  Carries the child's pidfd."""

    id: int
    pid: int


class SpawnFailed(msgspec.Struct, frozen=True):
    """Zygote → supervisor: the child could not be forked."""

    id: int
    error: str


class Exited(msgspec.Struct, frozen=True):
    """Zygote → supervisor: a child has ended."""

    pid: int
    status: int
    """As `os.waitpid` returns it."""


ZygoteMessage = Load | Spawn | Loading | PluginLoaded | ZygoteReady | Spawned | SpawnFailed | Exited

_TYPES: Final[dict[str, type[Any]]] = {
    kind.__name__: kind for kind in (Spawn, Loading, ZygoteReady, Spawned, SpawnFailed, Exited)
}


def encode(message: ZygoteMessage) -> bytes:
    """Return the datagram of a message."""
    # Not msgspec's own JSON, which takes no half characters; errors of plug-ins may quote some.
    return json.dumps([type(message).__name__, msgspec.to_builtins(message)]).encode()


def decode(datagram: bytes) -> ZygoteMessage:
    """Return the message in a datagram.

    Raises:
        ValueError: it holds none; the other side is broken.
    """
    try:
        # The zygote holds code of plug-ins: what it reports is read like what strangers say.
        kind, fields = cast("tuple[str, dict[str, Any]]", foreign_json.decode(datagram))
        if kind == "PluginLoaded":
            return PluginLoaded(_report(**fields["report"]))
        if kind == "Load":
            return _load(**fields)
        message: ZygoteMessage = _TYPES[kind](**fields)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a zygote message: {datagram[:200]!r}") from error
    return message


# Private


def _report(
    commands: list[str], registered: dict[str, list[dict[str, Any]]], **fields: Any
) -> PluginReport:
    entries = {name: tuple(some) for name, some in registered.items()}
    return PluginReport(commands=tuple(commands), registered=entries, **fields)


def _load(plugins: list[str], only: list[str] | None, without: dict[str, str]) -> Load:
    return Load(tuple(plugins), None if only is None else tuple(only), without)
