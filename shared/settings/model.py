"""Every setting, nested by its owner, frozen, with its unit and its default.

Owns the names, types, ranges and defaults.  Does not own where values come from
(`shared.settings.load`).  `config/meshvisor.toml` holds the same with comments; a test keeps
the two in step.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from meshvisor.features.jobs.model.job import check_lane
from meshvisor.shared.model.mesh_id import check_mesh_id

DEFAULT_SERVER: Final = "ws://127.0.0.1:8484"
"""Where `meshvisor playground` listens unless told otherwise."""

_SENT_ANYWAY: Final = frozenset(
    {
        *("accept", "accept-encoding", "authorization", "connection", "content-length"),
        *("content-type", "host", "proxy-authorization", "transfer-encoding", "user-agent"),
    }
)
"""Headers that requests have whatever the settings say; two with one name confuse servers."""


# ---- Types ---------------------------------------------------------------------------------------
# A message of a validator that begins with "must" is put behind the setting's name and value.


def _web_socket(address: str) -> str:
    if _scheme(address) not in {"ws", "wss"}:
        raise ValueError("must be like ws://host:port or wss://host, without user, query or blanks")
    return address.rstrip("/")


def _web(address: str) -> str:
    if address and _scheme(address) not in {"http", "https"}:
        raise ValueError("must be like https://host, or empty, without user, query or blanks")
    return address.rstrip("/")


def _scheme(address: str) -> str | None:
    # `urlsplit` drops tabs and newlines without a word, and finds a wrong port only when asked.
    if not address.isprintable() or " " in address:
        return None
    try:
        parts = urlsplit(address)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    if "@" in parts.netloc or parts.fragment or parts.query:
        return None
    return parts.scheme if usable else None


def _path(path: str) -> str:
    # Printable ASCII is all that a request line can hold; a query is added by whoever asks.
    if not path.isascii() or not path.isprintable() or not set(path).isdisjoint(" ?#"):
        raise ValueError("must be a path like /users/self, without query or blanks")
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError("must begin with one slash, like /users/self")
    return path


def _header(name: str) -> str:
    if name.lower() in _SENT_ANYWAY:
        raise ValueError("must be a header that no request has anyway, such as X-Api-Key")
    return name


def _key(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    if not text.isascii() or not text.isprintable() or text != text.strip():
        raise ValueError("must be printable ASCII without blanks around it")
    return key


def _file(name: str) -> str:
    # These files are replaced as a whole: a mistyped path must not hit somebody else's.
    if not name.isprintable() or not name.removesuffix(".json").strip() or name[-5:] != ".json":
        raise ValueError("must name a file that ends in .json, below the home unless absolute")
    return name


def _prefixes(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _mesh(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


def _distinct(meshes: tuple[StaticMesh, ...]) -> tuple[StaticMesh, ...]:
    seen: set[str] = set()
    for mesh in meshes:
        if mesh.id in seen:
            raise ValueError(f"meshes lists {mesh.id!r} twice; every mesh may be listed once")
        seen.add(mesh.id)
    return meshes


def _distinct_lanes(lanes: tuple[LaneSettings, ...]) -> tuple[LaneSettings, ...]:
    seen: set[str] = set()
    for lane in lanes:
        if lane.name in seen:
            raise ValueError(f"lanes lists {lane.name!r} twice; every lane may be listed once")
        seen.add(lane.name)
    return lanes


LaneName = Annotated[str, AfterValidator(check_lane), Field(examples=["game-api"])]
MeshId = Annotated[str, BeforeValidator(check_mesh_id), Field(examples=["lobby"])]
WebSocketAddress = Annotated[str, AfterValidator(_web_socket), Field(examples=["ws://host:port"])]
WebAddress = Annotated[str, AfterValidator(_web), Field(examples=["https://host"])]
UrlPath = Annotated[str, AfterValidator(_path), Field(examples=["/users/self"])]
HeaderName = Annotated[
    str,
    Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", examples=["X-Api-Key"]),  # RFC 9110, token
    AfterValidator(_header),
]
Key = Annotated[SecretStr, AfterValidator(_key)]
FileName = Annotated[str, AfterValidator(_file), Field(examples=["config/name.json"])]
ModuleName = Annotated[
    str, Field(pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*$", examples=["package.module"])
]
Prefix = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^\S+$", examples=["!"])]


# ---- Sections ------------------------------------------------------------------------------------


class _Section(BaseModel):
    # inf and nan are valid TOML, and no limit of ours survives a comparison with nan.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FleetSettings(_Section):
    """`[fleet]`: the workers and how they are kept."""

    command_prefix: Annotated[
        tuple[Prefix, ...],
        Field(min_length=1, max_length=32),
        BeforeValidator(_prefixes, json_schema_input_type=Prefix | tuple[Prefix, ...]),
    ] = ("?",)
    """What a chat message must begin with to be a command; one or a list."""
    max_processes: int = Field(0, ge=0)
    """Workers at most; 0: no limit.  Meshes beyond it wait."""
    status_poll_interval: float = Field(30, ge=1, le=3600)
    """Seconds between two status requests to each worker."""
    process_restart_delay: float = Field(5, ge=0, le=300)
    """Seconds; base of the delay before a worker that crashed again is restarted."""
    restart_delay_max: float = Field(300, ge=0, le=86_400)
    """Seconds; the longest of these delays, which double with each crash in a row."""
    max_process_restarts: int = Field(5, ge=0)
    """More crashes than this within `restart_window`, and a mesh is `failed`."""
    restart_window: float = Field(600, gt=0)
    """Seconds."""
    shutdown_timeout: float = Field(10, gt=0, le=600)
    """Seconds that workers have to leave politely."""
    max_connection_attempts: int = Field(3, ge=1)
    """Failed connects in a row after which a mesh is blocked for a while."""
    blocklist_duration: float = Field(3600, gt=0)
    """Seconds of such a block."""
    blocklist_persist_path: FileName = "config/blocklist.json"
    """Below the home unless absolute."""
    database_config_path: FileName = "config/database.json"
    """Below the home unless absolute."""
    mesh_mode: Literal["invited", "all"] = "invited"
    """Which meshes discovery asks the platform for."""
    discovery_interval: float = Field(60, ge=0.1)
    """Seconds between two looks for meshes."""
    hung_after: float = Field(3, ge=1, le=600)
    """Seconds without a heartbeat after which a worker is hung."""
    connects_per_second: int = Field(20, ge=1, le=10_000)
    """Connects of all workers together within any second."""
    worker_memory_limit_mb: int = Field(512, ge=0)
    """Private memory of a worker beyond what it is born with; 0: no limit."""


class CommandSettings(_Section):
    """`[commands]`: chat commands inside a worker."""

    timeout: float = Field(30, gt=0, le=3600)
    """Seconds that one command may run."""
    concurrency: int = Field(8, ge=1, le=1000)
    """Commands of one mesh at the same time; further ones wait."""
    cooldown: float = Field(1, ge=0, le=3600)
    """Seconds between two commands of one user; 0: none."""


class PlatformSettings(_Section):
    """`[platform]`: the mesh platform."""

    url: WebAddress = ""
    """Base of the REST API that lists meshes; empty: only `[[meshes]]` are used."""
    server: WebSocketAddress = DEFAULT_SERVER
    """WebSocket server of meshes that name none of their own."""
    allow_plain_servers: bool = False
    """Whether the bot's token may go unencrypted (ws://) to servers that only a listing names."""
    login: Literal["required", "none"] = "required"
    """Whether the bot needs an account of the platform at `url`, or nobody asks for one."""
    login_url: WebAddress = ""
    """Base of the addresses that logging in asks; empty: `url`."""
    login_link_path: UrlPath = "/auth/link"
    """Sends a link by e-mail."""
    login_status_path: UrlPath = "/auth/status"
    """Says whether the link was clicked."""
    login_session_path: UrlPath = "/auth/session"
    """Gives a session for a clicked link."""
    login_path: UrlPath = "/auth/login"
    """Gives a token for a session."""
    self_path: UrlPath = "/users/self"
    """Says who the bot is."""
    login_timeout: float = Field(600, gt=0, le=86_400)
    """Seconds that logging in waits for the click."""
    login_poll_interval: float = Field(2, ge=0.1, le=60)
    """Seconds between two questions whether the link was clicked."""
    api_key: Key = SecretStr("")
    """Sent with every REST request; empty: none is sent."""
    api_key_header: HeaderName = "X-Api-Key"
    """The header that carries `api_key`."""
    signing_key: Key = SecretStr("")
    """Signs every REST request; empty: none is signed."""
    signature_header: HeaderName = "X-Signature"
    """The header that carries the signature."""
    timestamp_header: HeaderName = "X-Timestamp"
    """The header that carries the time that was signed."""


class DatabaseSettings(_Section):
    """`[database]`: where the directory is kept."""

    uri: SecretStr = SecretStr("")
    """MongoDB, like mongodb://user:password@host:27017/name; wins over `uri` of the file that
    `fleet.database_config_path` names.  Empty in both: SQLite in var/meshvisor.db."""
    poll_interval: float = Field(5, ge=0.05, le=3600)
    """Seconds between two looks for changes that were made straight in the database."""
    timeout: float = Field(5, ge=0.1, le=60)
    """Seconds that the database has to answer."""


class StaticMesh(_Section):
    """One `[[meshes]]` entry: a mesh that is always wanted."""

    id: MeshId
    server: WebSocketAddress | None = None
    """None: `platform.server`."""


class JobSettings(_Section):
    """`[jobs]`: durable background work."""

    auto_resume_after: float = Field(300, ge=0, le=7 * 86_400)
    """Seconds that a job which was interrupted by a crash waits for somebody's answer."""
    ageing: float = Field(600, ge=0, le=30 * 86_400)
    """Seconds of waiting that make a job as urgent as the next higher priority; 0: never."""
    cleanup_after: float = Field(86_400, ge=0, le=3650 * 86_400)
    """Seconds that jobs are kept after they have ended; 0: for ever."""
    stop_timeout: float = Field(10, gt=0, le=600)
    """Seconds that the item which runs has to end when its job is cancelled or everything stops."""
    runner_idle_after: float = Field(600, ge=1, le=86_400)
    """Seconds without a job after which a lane's runner process ends."""
    runner_memory_limit_mb: int = Field(512, ge=0)
    """Private memory of a runner beyond what it is born with; 0: no limit."""
    runner_max_jobs: int = Field(10_000, ge=0)
    """Jobs after which a lane's runner is replaced by a fresh one, between two jobs; 0: never."""
    progress_interval: float = Field(30, ge=1, le=3600)
    """Seconds at least between two reports of a job's progress in a chat, beside its quarters."""
    stuck_after: float = Field(900, ge=0, le=30 * 86_400)
    """Seconds that a job may run without an outcome or a checkpoint unnoticed; 0: for ever."""
    retry_limit: int = Field(3, ge=0, le=1000)
    """Attempts after one that failed, where neither action nor submission says how many."""
    retry_delay: float = Field(3, ge=0, le=3600)
    """Seconds before the second attempt, likewise; each further one waits twice as long."""
    rate_limit_delay: float = Field(60, ge=0, le=7 * 86_400)
    """Seconds to wait where a service limits requests and does not say for how long, likewise."""
    wait_timeout: float = Field(0, ge=0, le=365 * 86_400)
    """Seconds that a job may wait at a stretch before it fails, likewise; 0: no limit."""
    deadline: float = Field(0, ge=0, le=365 * 86_400)
    """Seconds from its submission within which a job has to end, likewise; 0: no limit."""


class LaneSettings(_Section):
    """One `[[lanes]]` entry: a lane with other values than the usual ones."""

    name: LaneName
    concurrency: int = Field(1, ge=1, le=1000)
    """Jobs that run in it at the same time."""


class PluginSettings(_Section):
    """`[plugins]`: code of the operator's own."""

    modules: tuple[ModuleName, ...] = ()
    """Python modules, loaded beside `config/plugins/*.py` and installed entry points."""


class LogSettings(_Section):
    """`[logs]`: what is written and how much is kept."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important records that are written."""
    file_size_mb: float = Field(5, gt=0)
    """Size at which a mesh's file is rotated."""
    files_kept: int = Field(3, ge=1, le=100)
    """Rotated files kept per mesh beside the current one."""
    folder_cap_mb: float = Field(500, gt=0)
    """All log files together; the oldest rotated ones go first."""
    lines_in_memory: int = Field(200, ge=0, le=100_000)
    """Last lines kept per mesh for `meshvisor logs`."""


class PlaygroundSettings(_Section):
    """`[playground]`: the local mesh server of `meshvisor run --playground`."""

    host: str = Field("127.0.0.1", pattern=r"^\S+$", examples=["127.0.0.1"])
    """Address that it listens on."""
    port: int = Field(0, ge=0, le=65535)
    """0: any free one."""
    rooms: int = Field(3, ge=1, le=10_000)
    """Rooms to begin with."""
    residents: int = Field(2, ge=0, le=100)
    """Simulated people per room."""


class Settings(_Section):
    """All settings of one home."""

    fleet: FleetSettings = FleetSettings()
    commands: CommandSettings = CommandSettings()
    platform: PlatformSettings = PlatformSettings()
    meshes: Annotated[
        tuple[Annotated[StaticMesh, BeforeValidator(_mesh)], ...], AfterValidator(_distinct)
    ] = ()
    database: DatabaseSettings = DatabaseSettings()
    jobs: JobSettings = JobSettings()
    lanes: Annotated[tuple[LaneSettings, ...], AfterValidator(_distinct_lanes)] = ()
    plugins: PluginSettings = PluginSettings()
    logs: LogSettings = LogSettings()
    playground: PlaygroundSettings = PlaygroundSettings()
