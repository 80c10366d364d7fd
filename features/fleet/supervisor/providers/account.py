"""The meshes that a network lists for an account, where its transport can ask for them.

Owns one question: a process for it, its deadline, and that nothing wrong in the answer costs more
than the entry that it is in.  Does not own asking the network (`worker.discovering`, and the
transport's own package).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh, DiscoveryError
from meshvisor.shared.found_meshes import Account, Answer, FoundMesh
from meshvisor.shared.listed import listed
from meshvisor.shared.settings.kernel import LogSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.transports import transport_kind
from meshvisor.supervisor.children.spawner import Child, Spawner, SpawnError, SpawnOrder

log = logging.getLogger(__name__)

PATIENCE: Final = 20.0
"""Seconds for an answer: a caller of `meshvisor meshes discover` waits for it."""

LONGEST_ANSWER: Final = 8 * 1024 * 1024
"""Bytes; as much as a platform's listing may have."""

PIECE: Final = 64 * 1024
"""Bytes that are read at once."""

SLICE: Final = 200
"""Entries that are checked in one turn of the loop."""

NAMED: Final = 3
"""Wrong entries that are named in the log."""

ENTRY: Final = "meshvisor.worker.discovering:run"


@dataclass(slots=True)
class ListingProcess:
    """How a process that asks a network is started."""

    spawner: Spawner
    attach_log: Callable[[str, int, asyncio.Future[Any] | None], None]
    """Given a name, the read end of the log's pipe, and what is done when the process has ended."""
    log_level: str = "info"
    memory_limit_bytes: int = 0
    """As of a worker; 0: none."""

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self.log_level = settings.of(LogSettings).level
        self.memory_limit_bytes = settings.of(FleetSettings).worker_memory_limit_mb * 1024 * 1024


class AccountProvider:
    """Knows the meshes of one account (`Provider`).

    Args:
        account: what is asked with.
        transport: whose it is.
        process: how the process that asks is started.
        server: of meshes that name none.
    """

    def __init__(
        self, account: Account, transport: str, process: ListingProcess, server: str
    ) -> None:
        self.source = f"accounts.{account.name}"
        self._account = account
        self._transport = transport
        self._process = process
        self._server = server
        self._logged: tuple[str, ...] = ()

    async def find(self) -> Sequence[DiscoveredMesh]:
        """Return what the network lists.

        Raises:
            DiscoveryError: the platform cannot be asked, or refuses.
        """
        answer = self._read(await self._ask())
        if answer.error:
            raise DiscoveryError(
                f"the network of the account {self._account.name} cannot be asked: {answer.error}",
                transient=answer.transient,
            )
        found, problems = list[DiscoveredMesh](), list[str]()
        for number, mesh in enumerate(answer.meshes, 1):
            try:
                found.append(self._checked(mesh))
            except ValueError as error:
                problems.append(f"entry {number}: {_first_line(error)}")
            if number % SLICE == 0:
                await asyncio.sleep(0)
        self._complain(problems)
        return found

    # Private

    async def _ask(self) -> bytes:
        order = SpawnOrder(
            ENTRY,
            self._account.name,
            0,  # it stamps no heartbeat; its deadline is here
            {
                "transport": self._transport,
                "log_level": self._process.log_level,
                "memory_limit_bytes": self._process.memory_limit_bytes,
            },
            "discovery",
        )
        try:
            async with asyncio.timeout(PATIENCE):
                child = await self._process.spawner.spawn(order)
                if child.log is not None:
                    self._process.attach_log("discovery", child.log, child.exited)
                try:
                    return await _talk(child, msgspec.json.encode(self._account))
                finally:
                    child.signal(signal.SIGKILL)
                    child.channel.close()
        except TimeoutError:
            raise self._error(f"has not answered within {PATIENCE:g} s", transient=True) from None
        except (SpawnError, OSError) as error:
            raise self._error(f"cannot be asked: {error}", transient=True) from error

    def _read(self, said: bytes) -> Answer:
        if not said:
            raise self._error("has ended without an answer; see: meshvisor logs discovery")
        if len(said) > LONGEST_ANSWER:
            raise self._error(f"answers with more than {LONGEST_ANSWER >> 20} MiB")
        try:
            return msgspec.json.decode(said, type=Answer)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise self._error(f"gives no answer that can be understood ({error})") from None

    def _error(self, what: str, *, transient: bool = False) -> DiscoveryError:
        return DiscoveryError(
            f"the transport {self._transport}, asked for the meshes of the account "
            f"{self._account.name}, {what}",
            transient=transient,
        )

    def _checked(self, found: FoundMesh) -> DiscoveredMesh:
        """Return a mesh as if the settings had named it.

        Raises:
            ValueError: they could not.
        """
        if named := set(found.settings) & set(StaticMesh.model_fields):
            raise ValueError(f"{min(named)} is no setting of the transport alone")
        said = {**found.settings, "id": found.id, "transport": self._transport}
        said |= {"address": found.address, "account": self._account.name, "places": found.places}
        if found.server:
            said["server"] = found.server
        mesh = StaticMesh.model_validate_json(json.dumps(said), strict=True)
        has_server = transport_kind(self._transport).has_server
        return DiscoveredMesh(
            mesh.id,
            (mesh.server or self._server) if has_server else "",
            self.source,
            mesh.transport,
            mesh.address,
            mesh.account,
            mesh.own_settings(),
            mesh.answered_places(),
        )

    def _complain(self, problems: Sequence[str]) -> None:
        """Log what is wrong with the answer, when that is other than before."""
        logged, self._logged = self._logged, tuple(problems)
        if problems and self._logged != logged:
            log.warning(
                "not all that the account %s lists can be used: %s",
                self._account.name,
                listed(problems, NAMED, between="; "),
                extra={"event": "discovery.skipped"},
            )


async def _talk(child: Child, request: bytes) -> bytes:
    loop, channel = asyncio.get_running_loop(), child.channel
    channel.setblocking(False)
    said = bytearray()
    # One that ends without having read the request resets the connection.
    with contextlib.suppress(ConnectionError):
        await loop.sock_sendall(channel, request)
        channel.shutdown(socket.SHUT_WR)
        while len(said) <= LONGEST_ANSWER and (piece := await loop.sock_recv(channel, PIECE)):
            said += piece
    return bytes(said)


def _first_line(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        cause = first.get("ctx", {}).get("error")
        where = ".".join(str(part) for part in first["loc"])
        return str(cause) if cause is not None else f"{where}: {first['msg']}"
    return str(error)
