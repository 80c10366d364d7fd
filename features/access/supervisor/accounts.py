"""The accounts of the settings, and whose admins hold where.

Owns the way from a mesh's transport and account to its realm and to what its worker gets of the
account.  Does not own the platform's account (`identity`).
"""

from __future__ import annotations

from dataclasses import dataclass

from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.shared.errors import UsageError
from meshvisor.shared.model.realm import DEFAULT
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.shared.secret import Secret
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.transports import DEFAULT_TRANSPORT, transport_names


@dataclass(frozen=True, slots=True)
class Network:
    """Where a mesh is, as far as accounts go."""

    transport: str = DEFAULT_TRANSPORT
    account: str = ""
    """Name in the settings; empty: it has none of those."""

    @property
    def is_platform(self) -> bool:
        """Whether the platform's account is used there."""
        return self.transport == DEFAULT_TRANSPORT and not self.account


def of_platform(account: Account) -> Credentials:
    """Return what workers get of the platform's account."""
    token = Secret(account.auth_token.get_secret_value())
    return Credentials(peer_id=account.peer_id, auth_token=token)


class Accounts:
    """Those of one home; made with the present settings."""

    def __init__(self, settings: Settings) -> None:
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._accounts = settings.named(AccountSettings)

    def realm(self, network: Network) -> str:
        """Return the realm in which the user ids of a mesh are valid.

        A mesh of another network without an account is in a realm that is called like its
        transport: no user becomes an admin there by having the id of one of the platform's.
        """
        if network.account:
            known = self._accounts.get(network.account)
            return network.account if known is None or known.realm is None else known.realm
        return DEFAULT if network.is_platform else network.transport

    def is_gone(self, network: Network) -> bool:
        """Say whether the account of a network is not in the settings any more."""
        return bool(network.account) and network.account not in self._accounts

    def credentials(self, account: str) -> Credentials:
        """Return what workers get of an account; an empty one is none."""
        known = self._accounts.get(account)
        fields = {} if known is None else known.fields()
        secrets = {name: Secret(text) for name, text in fields.items()}
        return Credentials(peer_id="", account=account, fields=secrets)

    def check_realm(self, realm: str) -> None:
        """Make sure that something can be decided about a realm.

        Raises:
            UsageError: no mesh could be in it.
        """
        known = {self.realm(Network(one.transport, name)) for name, one in self._accounts.items()}
        if realm == DEFAULT or realm in known:
            return
        # Meshes without an account are in the realm of their transport.
        known |= {*transport_names()} - {DEFAULT_TRANSPORT}
        if realm in known:
            return
        from meshvisor.shared.near_names import did_you_mean, near_names

        names = ", ".join(sorted(known - {DEFAULT})) or "none but the platform's"
        guess = did_you_mean(near_names(realm, known)) or f"known: {names}"
        raise UsageError(f"there is no realm {realm}; {guess}")
