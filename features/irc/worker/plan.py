"""What one session is to do: where, as whom, in which channels."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import msgspec

from meshvisor.features.irc.address import Endpoint, endpoint
from meshvisor.features.irc.client.dialect import DIALECTS, Dialect
from meshvisor.features.irc.client.login import Login, login_of
from meshvisor.features.irc.wire.names import check_channel, read_keys
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.worker.mesh.transport import JoinError, MeshAddress


class Plan(msgspec.Struct, frozen=True):
    """Everything that settings and account say."""

    server: Endpoint
    login: Login
    main: str
    keys: Mapping[str, str]
    certificate: str
    """File; empty: none."""
    settings: Mapping[str, Any]
    """As `IrcSettings` has checked them."""

    @property
    def dialect(self) -> Dialect:
        """What the server expects."""
        return DIALECTS[self.settings["dialect"]]


def plan(mesh: MeshAddress, credentials: Credentials) -> Plan:
    """Put together what a mesh and its account say.

    Raises:
        JoinError: there is no server.
    """
    if not mesh.server:
        raise JoinError(
            f'mesh {mesh.mesh_id} does not say which IRC server it is on; add server = "host" to '
            "its entry",
            FailureKind.BROKEN,
        )
    own = mesh.settings
    account = {
        name: secret.get_secret_value()
        for name, secret in (credentials.fields if credentials.account else {}).items()
    }
    certificate = account.get("certificate", "")
    return Plan(
        server=endpoint(mesh.server),
        login=login_of(own, account),
        main=check_channel(mesh.room),
        keys=read_keys(account.get("keys", "")),
        certificate=os.path.join(os.getcwd(), certificate) if certificate else "",
        settings=own,
    )
