"""Which transports there are: what each says about itself, for the supervisor and for workers.

A transport is what carries the messages of a mesh.  A feature brings some (`Feature.transports`),
and so does any installed package by an entry point of the group `meshvisor.transports`, whose name
is the transport's and whose object is a `TransportKind` (docs/transports.md).

Owns what a kind is and finding one by its name.  Does not own the interface of a transport itself
(`meshvisor.worker.mesh.transport`), which only workers load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import msgspec

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.feature import WITHOUT, left_out, parts
from meshvisor.shared.model.realm import WHAT_NAMES_ARE, is_name

if TYPE_CHECKING:
    from meshvisor.shared.paths import Home
    from meshvisor.shared.settings.model import Settings
    from meshvisor.shared.settings.section import Section

DEFAULT_TRANSPORT: Final = "watch-party"
"""That of meshes that name none: settings of before there were others go on working.  The account
of the directory is one there."""

GROUP: Final = "meshvisor.transports"
"""Of the entry points."""

LONGEST_ADDRESS: Final = 255
"""Characters."""


def check_address(address: str) -> str:
    """Return an address that can be one on any network: printable, without blanks at its ends.

    Raises:
        ValueError: it cannot; the message begins with "must".
    """
    if len(address) > LONGEST_ADDRESS or not address.isprintable() or address != address.strip():
        raise ValueError(
            f"must be at most {LONGEST_ADDRESS} printable characters without blanks at its ends"
        )
    return address


class NoTransportError(MeshvisorError, ValueError):
    """There is no transport of this name; the message is one sentence without a stop."""


class BrokenTransportError(NoTransportError):
    """A transport is installed and cannot be used; its meshes wait until it is mended, and no other
    mesh is the worse for it.
    """


class TransportCheckError(MeshvisorError):
    """A mesh cannot work as its settings are; the message is one sentence without a stop.

    Attributes:
        advice: what to do, in the same form.
    """

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


class TransportKind(msgspec.Struct, frozen=True, kw_only=True):
    """What the supervisor has to know of a transport without loading it."""

    name: str
    """As in `transport = "…"` of the settings."""
    what: str
    """One mesh of it, for people: `a watch-party room`."""
    entry: str
    """`module:function` of what makes a `Transport` for one mesh, in a worker."""
    settings: str = ""
    """`module:class` of a `Section`: what an entry of `[[meshes]]` may say beyond what all may;
    nothing secret.  Empty: nothing.  By name, so that workers do without what checks it."""
    account: str = ""
    """`module:class` of a `Section`: what an entry of `[accounts]` holds for it, in fields of text
    (`str`, `SecretStr`), all of which are kept secret.  Empty: it has no accounts of its own."""
    has_server: bool = False
    """Whether `server` of an entry says where it is."""
    check_server: str = ""
    """`module:function`: returns a server as it is meant; ValueError, which begins with "must": it
    is none.  By name, as with `settings`.  Empty: any printable text can be one."""
    default_server: str = ""
    """`module:function`: given all settings, returns the server of entries that name none.  Empty:
    they have none."""
    listing: str = ""
    """`module:function`: given all settings, returns the address that lists meshes of it, or an
    empty text.  Empty: nothing lists any."""
    discover: str = ""
    """`module:function`: asked which meshes there are for one of its accounts, where
    `fleet.discovery_accounts` names that: given an `Account`, returns `FoundMesh`es, or raises
    `CannotDiscoverError` (all in `meshvisor.shared.found_meshes`).  It is a coroutine function, and
    runs in a process of its own.  Empty: there is no discovery."""
    sign_in: str = ""
    """`module:function`: given the home and all settings, returns the command that gets what the
    accounts of its meshes lack, or an empty text.  Empty: they never lack one."""
    check_address: Callable[[str], str] = check_address
    """Returns an address as it is meant; ValueError, which begins with "must": it is none."""
    server_of: Callable[[Mapping[str, Any]], str] | None = None
    """Returns what stands for the server of a mesh with given own settings: connects to one are
    limited together.  None: `server`, where it has one, else each mesh has its own."""
    token_owner: Callable[[Mapping[str, Any]], str] | None = None
    """Returns what writes the checkpoints of a mesh with given own settings, such as its program;
    they mean nothing to another one.  None: the transport itself."""
    unreachable_blocks: bool = False
    """Whether a server that is not reached `fleet.max_connection_attempts` times blocks the mesh
    for a while.  Where one mesh has a server of its own that would punish a reboot."""
    kicked_blocks: bool = True
    """Whether a bot that was thrown out stays out until an operator unblocks it."""
    places: tuple[str, ...] | None = None
    """Where commands are answered, beside what is said to the bot alone, on meshes whose entry does
    not say; None: everywhere."""
    check: str = ""
    """`module:function` of what `meshvisor doctor` asks about a mesh, given its own settings and
    the folder of the home: returns nothing, or raises `TransportCheckError`.  It takes no longer
    than a moment.  Empty: there is nothing to ask beyond whether `server` can be reached."""
    warm_up: str = ""
    """`module:attribute` of a `WarmUp` (`meshvisor.worker.mesh.warm_up_room`): a room in which a
    worker lives a few short lives before any is forked, where a feature brings the transport.
    Empty: there is nothing to play."""

    def settings_model(self) -> type[Section]:
        """Import the model of what an entry of `[[meshes]]` says for it alone.

        Raises:
            BrokenTransportError: it cannot be imported; so do the next three.
        """
        model: type[Section] = self._part(
            self.settings or "meshvisor.shared.settings.section:Section"
        )
        return model

    def checked_server(self, server: str) -> str:
        """Return a server as it is meant.

        Raises:
            ValueError: it is none; the message begins with "must".
            BrokenTransportError: what checks it cannot be imported.
        """
        check: Callable[[str], str] = (
            self._part(self.check_server) if self.check_server else check_address
        )
        return check(server)

    def account_model(self) -> type[Section] | None:
        """Import the model of its accounts; None: it has none."""
        return self._part(self.account) if self.account else None

    def load(self) -> Callable[..., Any]:
        """Import the transport and return what makes one."""
        make: Callable[..., Any] = self._part(self.entry)
        return make

    def load_discover(self) -> Callable[..., Any]:
        """Import what asks for meshes and return it."""
        ask: Callable[..., Any] = self._part(self.discover)
        return ask

    def _part(self, part: str) -> Any:
        try:
            return loaded(part)
        except (Exception, SystemExit) as error:
            raise BrokenTransportError(_broken(self.name, part, error)) from error


@cache
def loaded(part: str) -> Any:
    """Import what `module:attribute` names."""
    module, _, attribute = part.partition(":")
    return getattr(import_module(module), attribute)


def transport_kind(name: str) -> TransportKind:
    """Return the transport of this name.

    Raises:
        NoTransportError: there is none.
        BrokenTransportError: its package cannot be loaded.
    """
    return built_in().get(name) or _installed(name)


def transport_names() -> list[str]:
    """Return the names of all transports that can be used, in the order of the alphabet."""
    return sorted(name for name in {*built_in(), *_installed_names()} if _works(name))


@cache
def built_in() -> Mapping[str, TransportKind]:
    """Return the transports of the features that there are, by name."""
    return {kind.name: kind for _, kinds in parts("transports") for kind in kinds}


def default_server(name: str, settings: Settings) -> str:
    """Return the server of meshes that name none, by the name of their transport; empty: none.

    Raises:
        NoTransportError: there is no such transport.
    """
    part = transport_kind(name).default_server
    return str(loaded(part)(settings)) if part else ""


def listings(settings: Settings) -> list[str]:
    """Return the addresses that list meshes of any transport that a feature brings."""
    asked = (loaded(kind.listing) for kind in built_in().values() if kind.listing)
    return [address for listing in asked if (address := listing(settings))]


def sign_ins(home: Home, settings: Settings) -> list[str]:
    """Return the commands that get the accounts which meshes lack."""
    asked = (loaded(kind.sign_in) for kind in built_in().values() if kind.sign_in)
    return [command for sign_in in asked if (command := sign_in(home, settings))]


# Private


def _installed_names() -> frozenset[str]:
    from importlib.metadata import entry_points  # reads the folders of all packages

    return frozenset(entry_points(group=GROUP).names)


def _works(name: str) -> bool:
    try:
        transport_kind(name)
    except NoTransportError:
        return False
    return True


@cache
def _installed(name: str) -> TransportKind:
    from importlib.metadata import entry_points  # reads the folders of all packages

    found = entry_points(group=GROUP)
    if name not in found.names:
        raise NoTransportError(_unknown(name, [*built_in(), *found.names]))
    try:
        kind = found[name].load()
    except (Exception, SystemExit) as error:
        raise BrokenTransportError(_broken(name, found[name].value, error)) from error
    if not isinstance(kind, TransportKind) or kind.name != name or not is_name(name):
        raise BrokenTransportError(
            f"{found[name].value} is no TransportKind of the name {name!r}, of "
            f"{WHAT_NAMES_ARE}; its package has to offer one"
        )
    return kind


def _broken(name: str, part: str, error: BaseException) -> str:
    return f"the transport {name!r} cannot be loaded from {part}: {error!r:.200}"


def _unknown(name: str, names: list[str]) -> str:
    from meshvisor.shared.near_names import did_you_mean, near_names

    for feature in left_out():
        if feature.transports and any(one.name == name for one in feature.load(feature.transports)):
            return f"the transport {name!r} is left out with {feature.name}, which {WITHOUT} names"
    guess = did_you_mean(near_names(name, names))
    return f"there is no transport {name!r:.80}; {guess or 'there are ' + ', '.join(sorted(names))}"
