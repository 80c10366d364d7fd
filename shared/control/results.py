"""What the control socket's requests return: the JSON that `--json` prints (docs/cli.md).

Owns the shapes.  The fleet fills them, the control server sends them, the command line and the
console show them.  Fields may be added; none may be renamed, removed or change its meaning.
Times are ISO 8601 with offset, durations seconds unless the name says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from meshvisor.shared.model.mesh import MeshState


class Result(BaseModel):
    """Base of all results."""

    # Built when somebody asks for the first time, and not at every start.
    model_config = ConfigDict(frozen=True, defer_build=True)


def _is_nothing(value: object) -> bool:
    # For what few entries of many have: left out of the others, it costs them nothing.
    return value is None


# ---- status, health, poll ----------------------------------------------------------------------


class DirectoryStatus(Result):
    """Where credentials, admins and permissions come from."""

    backend: str
    """`sqlite` or `mongodb`."""
    reachable: bool
    admins: int = 0
    permissions: int = 0
    """Commands about which somebody has decided."""
    problems: tuple[str, ...] = ()
    """What is wrong with it, each in one sentence."""


class SkippedPlugin(Result):
    """A plug-in that is not in use as it is on the disk."""

    name: str
    """As in the log, such as `plugins/dice.py`."""
    file: str
    """Path of the file to mend; empty: nobody knows."""
    line: int | None
    """Of `file`; None: nobody knows."""
    error: str
    """One sentence."""
    earlier_version_runs: bool
    """Whether the last version that could be loaded is still in use."""


class SupervisorStatus(Result):
    """The supervisor itself."""

    pid: int
    state: str
    """`starting`, `running`, `reloading` or `stopping`."""
    version: str
    uptime_seconds: float
    directory: DirectoryStatus
    jobs_problem: str | None = None
    """Why jobs cannot be written at present, in one sentence; None: they can."""
    problems: tuple[str, ...] = ()
    """What else hinders the supervisor itself at present, each in one sentence."""
    notices: tuple[str, ...] = ()
    """What hinders nothing and is worth a look: what is on hold, jobs that get nowhere."""
    skipped_plugins: tuple[SkippedPlugin, ...] = ()
    """Until they are mended and taken over by a reload."""


class Totals(Result):
    """Meshes counted by what operators care about."""

    meshes: int
    connected: int
    unhealthy: int
    failed: int
    blocked: int
    """Blocked in any way."""
    blocked_permanently: int


class BlockedMesh(Result):
    """One entry of the blocklist."""

    mesh_id: str
    reason: str
    """`connection_failures`, `kicked`, `operator` or `unreadable`."""
    blocked_at: str
    blocked_until: str | None
    """None: for ever."""
    remaining_seconds: float | None
    """None: for ever."""
    problem: str | None = None
    """Why its entry in the file cannot be understood, which blocks it until that is mended or it is
    unblocked (the reason is `unreadable` then); None: it can."""


class MeshStatus(Result):
    """One mesh and its worker."""

    mesh_id: str
    state: MeshState
    pid: int | None
    """None: there is no process."""
    uptime_seconds: float | None
    """Of the process; None: there is none."""
    restarts: int
    """Processes started for this mesh by this supervisor beyond the first."""
    connection_attempts: int
    """Failed connects in a row."""
    is_healthy: bool
    event_loop_lag_ms: float | None
    """None: it has not answered yet."""
    memory_bytes: int | None
    last_error: str | None
    starts_in_seconds: float | None = Field(None, exclude_if=_is_nothing)
    """Until it is started by itself after crashes; None: it runs, or waits for something else."""
    block: BlockedMesh | None = Field(None, exclude_if=_is_nothing)
    """Why it is blocked and until when; None: it is not."""


class StatusReport(Result):
    """Answer to `status`."""

    supervisor: SupervisorStatus
    totals: Totals
    meshes: tuple[MeshStatus, ...]


class HealthStats(Result):
    """Answer to `health`: sums over all workers."""

    total: int
    """Meshes that have a process."""
    healthy: int
    connected: int
    disconnected: int
    unhealthy: int
    failed: int
    restarts: int
    """Of all meshes, since the supervisor started."""
    max_event_loop_lag_ms: float | None
    memory_bytes: int
    """Resident memory of all workers; pages that they share are counted for each."""


class ProcessHealth(MeshStatus):
    """Answer to `process_health`: a `MeshStatus` with more."""

    server: str | None = None
    heartbeat_age_seconds: float | None = None
    """Since the worker's event loop was last seen alive; None: no process."""
    status_age_seconds: float | None = None
    """Since the worker last answered a status request; None: never."""
    counters: Mapping[str, int] = {}
    """What the worker has counted since it started, such as `messages_received`."""


class PollReport(Result):
    """Answer to `poll`."""

    answers: int
    total: int
    """Workers that were asked."""
    duration_ms: float
    """From the first question to the last answer."""
    unanswered: tuple[str, ...] = ()
    """Mesh ids."""
    meshes: tuple[MeshStatus, ...]


# ---- logs --------------------------------------------------------------------------------------


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


# ---- start, stop, restart ------------------------------------------------------------------------


class MeshOutcome(Result):
    """What became of one mesh."""

    mesh_id: str
    state: MeshState
    """Right after the request; `spawning` turns into `connected` a moment later."""
    error: str | None = None
    """One sentence when the request failed for this mesh."""


class MeshOutcomes(Result):
    """Answer to `start`, `stop` and `restart`."""

    meshes: tuple[MeshOutcome, ...]


# ---- meshes, discover ----------------------------------------------------------------------------


class WantedMesh(Result):
    """One mesh that discovery wants."""

    mesh_id: str
    state: MeshState
    server: str
    source: str
    """`settings`, `platform` or `playground`."""
    waiting_for: str | None = None
    """Why it does not run although it is wanted, in a few words; None: it runs or may."""


class WantedMeshes(Result):
    """Answer to `meshes`."""

    meshes: tuple[WantedMesh, ...]


class DiscoveryReport(Result):
    """Answer to `discover`."""

    found: int
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    duration_ms: float = 0
    errors: tuple[str, ...] = ()
    """One sentence for each source that could not be asked; its old meshes are kept."""


# ---- blocklist -----------------------------------------------------------------------------------


class BlockedMeshes(Result):
    """Answer to `blocklist_list`."""

    blocked: tuple[BlockedMesh, ...]


class BlocklistStats(Result):
    """Answer to `blocklist_stats`."""

    total: int
    permanent: int
    temporary: int


class BlockOutcome(Result):
    """Answer to `block` and `unblock`."""

    mesh_id: str
    blocked: bool
    blocked_until: str | None = None
    """None: for ever, or not blocked."""
    was_blocked: bool = False
    """Whether it was blocked before."""
    not_saved: str | None = None
    """Why a restart would not know of it yet, in one sentence; None: it is on the disk."""


# ---- admins, permissions, credentials ------------------------------------------------------------


class AdminEntry(Result):
    """One admin."""

    user_id: str
    added_by: str | None
    """User id; None: from the command line."""
    added_at: str | None
    """None: nobody knows."""
    is_active: bool
    """False: was an admin, and is no more."""


class AdminList(Result):
    """Answer to `admin_list`."""

    admins: tuple[AdminEntry, ...]
    more: bool = False
    """There is another page, `after` the last of these."""


class AdminOutcome(Result):
    """Answer to `admin_add` and `admin_remove`."""

    user_id: str
    is_admin: bool
    changed: bool
    """False: it was so before."""


class PermissionEntry(Result):
    """What somebody has decided about a command."""

    command: str
    level: str
    """`admin` or `user`."""
    updated_at: str | None
    """None: nobody knows."""
    updated_by: str | None
    """User id; None: from the command line, or broken."""
    description: str
    known: bool | None
    """Whether a worker has such a command; None: nobody can tell at present."""
    broken: bool = False
    """Its document cannot be used, which keeps the command for admins until it is corrected."""


class PermissionList(Result):
    """Answer to `perm_list`."""

    admins: int
    permissions: tuple[PermissionEntry, ...]
    admin_commands: tuple[str, ...]
    """Commands that only admins may use, by decision, by default or for ever."""
    user_commands: tuple[str, ...]
    """Commands for everybody; with `admin_commands` all that workers have."""


class PermissionOutcome(Result):
    """Answer to `perm_set` and `perm_unset`."""

    command: str
    level: str | None
    """`admin` or `user`; None: the command's default."""
    previous: str | None
    """As before; None: the command's default."""
    changed: bool
    known: bool | None
    """Whether a worker has such a command; None: nobody can tell at present."""


class RefreshReport(Result):
    """Answer to `refresh`."""

    backend: str
    changed: tuple[str, ...]
    """Of `admins`, `permissions` and `credentials`, those that are other than before."""
    admins: int
    permissions: int
    problems: tuple[str, ...] = ()


class CredentialsReport(Result):
    """Answer to `credentials_show` and `credentials_save`; of secrets only whether there are."""

    email: str
    user_id: str
    peer_id: str
    device_id: str
    ssaid: str
    """Masked."""
    parse_id: str
    parse_token: str
    """Masked."""
    auth_token: str
    """Masked."""
    updated_at: str
    problem: str | None = None
    """What keeps file and directory apart."""


class ReloginReport(Result):
    """Answer to `relogin`."""

    renewed: bool
    """Whether there was a session to renew, and it was."""
    workers: int
    """How many bots join their rooms again, one after another."""


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


class PlatformReport(Result):
    """Answer to `platform`: where the bot's account is."""

    url: str
    """Base of the REST API that logs in; empty: there is none."""
    server: str


# ---- reload, version -----------------------------------------------------------------------------


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


class VersionReport(Result):
    """Answer to `version`."""

    version: str
    control_version: int
    pid: int
