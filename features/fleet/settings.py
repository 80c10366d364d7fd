"""`[fleet]`, `[commands]` and `[[meshes]]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from meshvisor.features.access.settings import AccountSettings, DatabaseFileSetting
from meshvisor.features.blocklist.settings import BlocklistFileSetting
from meshvisor.shared.settings.entry_settings import EntryError, checked_entry
from meshvisor.shared.settings.kernel import ShutdownSetting
from meshvisor.shared.settings.location import Location
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.settings.section import Section, Table, Tables
from meshvisor.shared.settings.values import MeshId
from meshvisor.shared.transports import (
    DEFAULT_TRANSPORT,
    BrokenTransportError,
    NoTransportError,
    TransportKind,
    built_in,
    check_address,
    listings,
    transport_kind,
)


def _prefixes(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _several(value: object) -> object:
    # What an entry says has been read already, and a list is no tuple any more.
    return tuple(value) if isinstance(value, list) else value


def _mesh(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


MOST_ACCOUNTS: Final = 100
"""That are asked for meshes, each by a process of its own."""

MOST_PLACES: Final = 1000
"""That one mesh names; a radio has eight channels, a server of Discord at most five hundred."""

Prefix = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^\S+$", examples=["!"])]


Address = Annotated[str, AfterValidator(check_address), Field(examples=["#lobby"])]


Place = Annotated[str, AfterValidator(check_address), Field(examples=["#lobby"])]


class _WorkerSettings(Section):
    # What stands first in `[fleet]`.

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


class _ConnectSettings(Section):
    # What stands behind the kernel's share of `[fleet]`.

    max_connection_attempts: int = Field(3, ge=1)
    """Failed connects in a row after which a mesh is blocked for a while."""
    blocklist_duration: float = Field(3600, gt=0)
    """Seconds of such a block."""


class FleetSettings(
    DatabaseFileSetting, BlocklistFileSetting, _ConnectSettings, ShutdownSetting, _WorkerSettings
):
    """`[fleet]`: the workers and how they are kept."""

    mesh_mode: Literal["invited", "all"] = "invited"
    """Which meshes discovery asks for."""
    discovery_accounts: Annotated[
        tuple[str, ...],
        BeforeValidator(_several, json_schema_input_type=tuple[str, ...]),
        Field(max_length=MOST_ACCOUNTS),
    ] = ()
    """Which of `[accounts]` have meshes that their networks list, where the transport can ask."""
    discovery_interval: float = Field(60, ge=0.1)
    """Seconds between two looks for meshes."""
    hung_after: float = Field(3, ge=1, le=600)
    """Seconds without a heartbeat after which a worker is hung."""
    connects_per_second: int = Field(20, ge=1, le=10_000)
    """Connects to one server within any second; where the transport has none, of one account."""
    worker_memory_limit_mb: int = Field(512, ge=0)
    """Private memory of a worker beyond what it is born with; 0: no limit."""


class CommandSettings(Section):
    """`[commands]`: chat commands inside a worker."""

    timeout: float = Field(30, gt=0, le=3600)
    """Seconds that one command may run."""
    concurrency: int = Field(8, ge=1, le=1000)
    """Commands of one mesh at the same time; further ones wait."""
    cooldown: float = Field(1, ge=0, le=3600)
    """Seconds between two commands of one user; 0: none."""
    max_age: float = Field(120, ge=0)
    """Seconds after which a command that was said while the bot was away is not carried out any
    more, on networks that deliver what was missed; 0: never."""


class StaticMesh(Section):
    """One `[[meshes]]` entry: a mesh that is always wanted."""

    # What it says beyond this belongs to its transport, which checks it.
    model_config = ConfigDict(extra="allow")

    id: MeshId
    transport: str = DEFAULT_TRANSPORT
    """What carries its messages; see docs/transports.md."""
    address: Address = ""
    """The network's own name of it; empty: the id is that too."""
    account: str = ""
    """Which of `[accounts]` the bot has there; empty: the one of the platform."""
    server: Annotated[str, Field(examples=["ws://host:port"])] | None = None
    """None: the one that its transport says, `platform.server` for watch-party rooms."""
    places: (
        Annotated[
            tuple[Place, ...],
            Field(max_length=MOST_PLACES),
            BeforeValidator(_several, json_schema_input_type=tuple[Place, ...]),
        ]
        | None
    ) = None
    """Where commands are answered, beside what is said to the bot alone; None: where its transport
    says, which is everywhere as a rule; an empty list: nowhere else."""

    @field_validator("server")
    @classmethod
    def _check_server(cls, server: str | None, info: ValidationInfo) -> str | None:
        try:
            kind = transport_kind(info.data["transport"])
            return kind.checked_server(server) if server is not None and kind.has_server else server
        except (KeyError, NoTransportError):
            return server  # of which more is said than of the server

    @model_validator(mode="after")
    def _fits_its_transport(self) -> Self:
        try:
            kind = transport_kind(self.transport)
            kind.settings_model()
        except BrokenTransportError:
            # That of other meshes works; `why_broken` says it of this one.
            return self
        except NoTransportError as error:
            raise EntryError(f"mesh {self.id}: {error}", ("transport",)) from None
        if self.server is not None and not kind.has_server:
            raise EntryError(
                f"mesh {self.id} has a server, but {kind.what} has none; remove it, and say in "
                "address where it is",
                ("server",),
            )
        try:
            kind.check_address(self.address or self.id)
        except ValueError as error:
            name, found = ("address", self.address) if self.address else ("id", self.id)
            sentence = f"mesh {self.id}: {name} is {found!r}; it {error}"
            raise EntryError(sentence, (name,)) from None
        self._checked(kind)
        return self

    def answered_places(self) -> tuple[str, ...] | None:
        """Return where commands are answered; None: everywhere."""
        if self.places is not None or self.why_broken() is not None:
            return self.places
        return transport_kind(self.transport).places

    def own_settings(self) -> dict[str, Any]:
        """Return what it says for its transport alone: plain JSON, with all defaults."""
        try:
            return self._checked(transport_kind(self.transport)).model_dump(mode="json")
        except BrokenTransportError:
            return {}

    def why_broken(self) -> str | None:
        """Return why its transport cannot be used, in a sentence; None: it can, so far."""
        try:
            transport_kind(self.transport).settings_model()
        except BrokenTransportError as error:
            return str(error)
        return None

    def _checked(self, kind: TransportKind) -> Section:
        model, said = kind.settings_model(), self.model_extra or {}
        try:
            return checked_entry(model, said, what=kind.what, others=StaticMesh.model_fields)
        except EntryError as error:
            raise EntryError(f"mesh {self.id}: {error}{self._hint()}", error.location) from None

    def _hint(self) -> str:
        """Return what to do where it names no transport and says what another one would take."""
        said = set(self.model_extra or ())
        if said and "transport" not in self.model_fields_set:
            for kind in built_in().values():
                if said <= kind.settings_model().model_fields.keys():
                    return f'; {kind.what} has: add transport = "{kind.name}"'
        return ""


def has_meshes(settings: Settings) -> bool:
    """Say whether settings list meshes, or say where they are found."""
    is_asked = settings.of(FleetSettings).discovery_accounts or listings(settings)
    return bool(is_asked or settings.each(StaticMesh))


def _check_accounts(settings: Settings) -> Iterator[tuple[Location, str]]:
    accounts = settings.named(AccountSettings)
    for index, mesh in enumerate(settings.each(StaticMesh)):
        if mesh.account and (why := _why_no_account(mesh, accounts)):
            yield ("meshes", index, "account"), f"mesh {mesh.id}: {why}"
    for index, name in enumerate(settings.of(FleetSettings).discovery_accounts):
        if why := _why_not_asked(name, accounts):
            yield ("fleet", "discovery_accounts", index), f"fleet.discovery_accounts: {why}"


def _why_not_asked(name: str, accounts: Mapping[str, AccountSettings]) -> str | None:
    """Return why an account cannot be asked for meshes, in a sentence; None: it can."""
    if (account := accounts.get(name)) is None:
        return _no_account(name, accounts, "leave it out")
    try:
        kind = transport_kind(account.transport)
    except BrokenTransportError:
        return None  # the look for meshes says it, and another one may work by then
    except NoTransportError:
        return None  # which is said of the account
    if not kind.discover:
        return f"{kind.what} cannot be asked for meshes; list those of {name} as [[meshes]]"
    return None


def _why_no_account(mesh: StaticMesh, accounts: Mapping[str, AccountSettings]) -> str | None:
    """Return why a mesh cannot have the account that it names, in a sentence; None: it can."""
    if (account := accounts.get(mesh.account)) is None:
        return _no_account(mesh.account, accounts, "leave account out")
    if account.transport != mesh.transport:
        return (
            f"the account {mesh.account} is one for the transport {account.transport}, and the "
            f"mesh has the transport {mesh.transport}"
        )
    return None


def _no_account(name: str, accounts: Mapping[str, AccountSettings], else_do: str) -> str:
    from meshvisor.shared.near_names import did_you_mean, near_names

    guess = did_you_mean(near_names(name, accounts))
    rest = guess or f"add it as [accounts.{name}], or {else_do}"
    return f"there is no account {name!r:.80}; {rest}"


SECTIONS: Final = MappingProxyType(
    {
        "fleet": Table(model=FleetSettings, position=10),
        "commands": Table(model=CommandSettings, position=20),
        "meshes": Tables(
            model=StaticMesh,
            position=40,
            key="id",
            one="mesh",
            read=_mesh,
            is_last=True,
            check=_check_accounts,
        ),
    }
)
