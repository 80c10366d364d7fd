"""What access runs in the supervisor: the directory, who the bot is, and administration.

Owns the composition.  Offers `Directory`, `Identity`, `InitialFrames`, `Bots`, `People`, `Realms`,
`Administration` and `Session` to others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from meshvisor.features.access.supervisor.accounts import Accounts, Network, of_platform
from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.features.access.supervisor.administration.chat import ChatAdministration
from meshvisor.features.access.supervisor.administration.chat.request import AdministrationServices
from meshvisor.features.access.supervisor.administration.opening import directory_on
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.features.access.supervisor.bots import Bots
from meshvisor.features.access.supervisor.directory.directory import Directory
from meshvisor.features.access.supervisor.identity import Identity
from meshvisor.features.access.supervisor.initial_state import InitialState
from meshvisor.features.access.supervisor.people import People, Realms
from meshvisor.shared.late import late
from meshvisor.shared.protocol.from_worker import AdminRequest
from meshvisor.shared.protocol.to_worker import AdminResult
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.kernel import Kernel, Reloading
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import Service, Stopping

if TYPE_CHECKING:
    from meshvisor.features.access import results
else:
    results = late("meshvisor.features.access.results")


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make them; `Feature.services`."""
    opened = directory_on(kernel.store, kernel.audit, kernel.home, kernel.settings, kernel.clock)
    directory, bots = opened.directory, Bots()
    identity = Identity(kernel.home, directory)
    administration = Administration(opened, kernel.clock, bots, bots.help_of)
    session = Session(opened, bots, identity.renew)
    people = People(directory, opened.accounts, bots.network_of)
    chat = ChatAdministration(AdministrationServices(administration, session), people.realm_of)
    frames = InitialFrames(directory, identity, opened.accounts)
    kernel.services.provide(People, people)
    kernel.services.provide(Realms, people)
    kernel.services.provide(Directory, directory)
    kernel.services.provide(Identity, identity)
    kernel.services.provide(InitialFrames, frames)
    kernel.services.provide(Bots, bots)
    kernel.services.provide(Administration, administration)
    kernel.services.provide(Session, session)
    kernel.room_answers.add(
        AdminRequest, chat.answer, lambda text: AdminResult(ok=False, text=text)
    )
    access = DirectoryService(directory, identity, opened.accounts, frames)
    kernel.reporting.add(access)
    kernel.after_reload.append(access.check_account)
    kernel.home_watch.watch(directory.file_changed, directory.take_file)
    return {"directory": access}


Tell = Callable[[Network, Sequence[bytes]], None]
"""Given frames for all workers of a network."""


class InitialFrames:
    """What workers are sent first, and again when it changes: account, admins, permissions.

    Each gets those of its own network alone.
    """

    def __init__(self, directory: Directory, identity: Identity, accounts: Accounts) -> None:
        self._directory = directory
        self._identity = identity
        self._accounts = accounts
        self._states: dict[Network, InitialState] = {}
        self._listeners: list[Tell] = []

    def frames(self, network: Network) -> tuple[bytes, ...]:
        """Return what a new worker has to know."""
        if network not in self._states:
            self._states[network] = InitialState()
            self._update(network)
        return self._states[network].frames()

    def listen(self, changed: Tell) -> None:
        """Have `changed` called with the frames that differ from what workers know."""
        self._listeners.append(changed)

    def start(self) -> None:
        """Follow the directory."""
        self._directory.listen(lambda _change: self.update())

    def update(self) -> None:
        """Tell workers what is other than before."""
        for network in list(self._states):
            if self._accounts.is_gone(network):
                # Its workers are about to be stopped, and would take it for an empty one.
                del self._states[network]
            elif frames := self._update(network):
                for listener in self._listeners:
                    listener(network, frames)

    def _update(self, network: Network) -> Sequence[bytes]:
        access = self._directory.access_in(self._accounts.realm(network))
        if network.is_platform:
            credentials = of_platform(self._identity.account)
        else:
            credentials = self._accounts.credentials(network.account)
        return self._states[network].update(access, credentials)


class DirectoryService(Reporter):
    """The directory as a service.

    Args:
        directory: what it keeps.
        identity: of the bot.
        accounts: of the settings.
        frames: the messages to workers.
    """

    def __init__(
        self,
        directory: Directory,
        identity: Identity,
        accounts: Accounts,
        frames: InitialFrames,
    ) -> None:
        self._directory = directory
        self._identity = identity
        self._accounts = accounts
        self._frames = frames

    async def start(self) -> None:
        """Read what the directory holds.

        Raises:
            MeshvisorError: it is unknown, or the account that is needed is not there.
        """
        try:
            await self._directory.start()
            self._identity.check()
        except BaseException:
            await self._directory.close()
            raise
        self._frames.start()

    async def run(self) -> None:
        """Keep up with changes that others make."""
        await self._directory.keep()

    async def stop(self, stopping: Stopping) -> None:
        """Write what was accepted, and let go of the database."""
        await self._directory.close()

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._accounts.configure(settings)
        self._frames.update()

    async def check_account(self, reloading: Reloading) -> None:
        """Take over an account that was put into the file."""
        before = self._identity.account
        await self._directory.check_file()
        if self._identity.account != before:
            reloading.changed.append("credentials")

    def problems_elsewhere(self) -> Iterable[str]:
        """Return what is wrong with the directory."""
        return self._directory.problems

    def supervisor_fields(self) -> Mapping[str, Any]:
        """Return what `status` shows of the directory."""
        status = results.DirectoryStatus(
            backend=self._directory.backend.kind,
            reachable=self._directory.reachable,
            admins=self._directory.admins,
            permissions=len(self._directory.snapshot.permissions),
            problems=tuple(self._directory.problems),
        )
        return {"directory": status}
