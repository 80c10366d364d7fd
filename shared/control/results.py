"""What the kernel's requests return, and the base of what all requests do: the JSON that `--json`
prints (docs/cli.md).

Owns the shapes; a feature has its own in its `results.py`.  The control server sends them, the
command line and the console show them.  Fields may be added; none may be renamed, removed or change
its meaning.  Times are ISO 8601 with offset, durations seconds unless the name says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict


class Result(BaseModel):
    """Base of all results."""

    # Built at the first request for it, and not at every start.
    model_config = ConfigDict(frozen=True, defer_build=True)


class SkippedPlugin(Result):
    """A plug-in that is not in use as it is on the disk."""

    name: str
    """As in the log, such as `plugins/dice.py`."""
    file: str
    """Path of the file to mend; empty: unknown."""
    line: int | None
    """Of `file`; None: unknown."""
    error: str
    """One sentence."""
    earlier_version_runs: bool
    """Whether the last version that could be loaded is still in use."""


class Concern(Result):
    """Something that is wrong at present, or worth a look."""

    text: str
    """In one sentence, as the command line says it."""
    code: str = ""
    """Which sentence it is, for programs and for other languages; empty: it has none."""
    fields: Mapping[str, str | int | float | None] = {}
    """What the sentence fills in."""
    is_problem: bool
    """Whether it hinders the supervisor; if not it is worth a look."""
    since: str
    """When this supervisor saw it first."""


class LogLine(Result):
    """One event of the `logs` stream."""

    mesh_id: str | None
    """None: the supervisor itself."""
    ts: float
    """Epoch seconds."""
    level: str
    """A level name in lower case."""
    text: str
    """May hold newlines (tracebacks)."""


class LinesDropped(Result):
    """An event of the `logs` stream: the client read too slowly."""

    dropped: int
    """Lines left out since the last event."""


class LogsLive(Result):
    """An event of the `logs` stream: what follows is new."""

    live: bool = True


class AuditRecord(Result):
    """One entry of the audit log."""

    at: str
    actor: str
    origin: str
    """A mesh id, or `command line`."""
    action: str
    subject: str
    outcome: str
    detail: str


class AuditRecords(Result):
    """Answer to `audit`."""

    entries: tuple[AuditRecord, ...]
    """Newest first."""


class ReloadReport(Result):
    """Answer to `reload`."""

    changed: tuple[str, ...] = ()
    """Settings that changed and hold now, such as `fleet.max_processes`."""
    needs_restart: tuple[str, ...] = ()
    """Settings that changed and hold only after a restart of the supervisor."""
    started: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    restarted: tuple[str, ...] = ()
    """Mesh ids whose workers were replaced: their parameters or the plug-ins have changed."""
    plugins_changed: bool = False
    """Whether other plug-ins, or other code of them, are in use now."""
    skipped_plugins: tuple[SkippedPlugin, ...] = ()
    """Those that are not in use as they are on the disk."""


class SettingsReport(Result):
    """Answer to `settings`."""

    settings: Mapping[str, Any]
    """Those that hold, by section; of secrets only asterisks."""
    changed: tuple[str, ...]
    """Settings that a reload would change at once, such as `fleet.max_processes`."""
    needs_restart: tuple[str, ...]
    """Settings that it would leave until the supervisor is started anew."""
    problem: str | None
    """Why the files cannot be used as they are; None: they can."""


class VersionReport(Result):
    """Answer to `version`."""

    version: str
    control_version: int
    pid: int
