"""The bots in their rooms: what other parts have them say and do there, and their answers.

Owns speaking, telling all workers the same, and who joins again (`reconnects`).  Does not own the
lives of workers (`worker_lives`) nor what users ask in rooms (`reactions`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from meshvisor.features.access.supervisor.accounts import Network
from meshvisor.features.fleet.supervisor.reconnects import Reconnects
from meshvisor.features.fleet.supervisor.record import MeshRecord
from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol.channel import ChannelClosedError
from meshvisor.shared.protocol.from_worker import CommandDone, MessageSent
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.to_worker import RunCommand, SendMessage


def network_of(record: MeshRecord) -> Network:
    """Return where the worker of a mesh is at home; without one, where the mesh is."""
    mesh = (record.process.mesh if record.process is not None else None) or record.mesh
    return Network(mesh.transport, mesh.account)


class FleetRooms:
    """All rooms of a fleet.

    Args:
        records: all meshes by id, as they are at any moment.
        processes: returns all living workers.
        help_of: returns what a chat command says of itself; empty: nothing.
    """

    def __init__(
        self,
        records: Mapping[str, MeshRecord],
        processes: Callable[[], Sequence[WorkerProcess]],
        help_of: Callable[[str], str],
    ) -> None:
        self._records = records
        self._processes = processes
        self._reconnects = Reconnects(records)
        self.help_of = help_of

    def connected(self) -> set[str]:
        """Return the meshes whose bots are in their rooms."""
        return {m for m, r in self._records.items() if r.state is MeshState.CONNECTED}

    def say(self, notice: SendMessage) -> bool:
        """Have the bot of a mesh (`mesh_id`) say something; False: it is not in its room."""
        process = self._speaker(notice)
        if process is None:
            return False
        process.send(notice)
        return True

    def network_of(self, mesh_id: str) -> Network | None:
        """Return where the bot of a mesh is, or was last; None: there is no such mesh."""
        record = self._records.get(mesh_id)
        return None if record is None else network_of(record)

    def broadcast_in(self, network: Network, frames: Sequence[bytes]) -> None:
        """Send the same to every worker of a network; see `broadcast`."""
        for process in self._processes():
            if self.network_of(process.mesh_id) == network:
                for frame in frames:
                    process.send_frame(frame)

    async def tell(self, notice: SendMessage) -> bool:
        """Have the bot of a mesh say what became of a job; return when it has.

        Returns:
            False: it has not, because it is not in its room or its worker has ended meanwhile.
        """
        return await self.say_now(notice) is not None

    async def say_now(self, notice: SendMessage) -> MessageSent | None:
        """Do the same, and return how it was said; None: it was not."""
        process = self._speaker(notice)
        if process is None:
            return None
        try:
            answer = await process.ask(notice)
        except ChannelClosedError:
            return None
        return answer if isinstance(answer, MessageSent) and answer.done else None

    async def run(self, order: RunCommand) -> CommandDone | None:
        """Have the bot of a mesh run a command; None: it is not in its room, or has gone."""
        process = self._speaker(order)
        if process is None:
            return None
        try:
            answer = await process.ask(order)
        except ChannelClosedError:
            return None
        return answer if isinstance(answer, CommandDone) else None

    def _speaker(self, notice: Message) -> WorkerProcess | None:
        record = self._records.get(notice.mesh_id or "")
        if record is None or record.state is not MeshState.CONNECTED:
            return None
        return record.process

    def broadcast(self, frames: Sequence[bytes]) -> None:
        """Send the same to every worker; one that is just being started gets its initial state."""
        for process in self._processes():
            for frame in frames:
                process.send_frame(frame)

    def commands(self) -> dict[str, bool]:
        """Return the chat commands of all workers, and whether each needs an admin by default."""
        found: dict[str, bool] = {}
        for process in self._processes():
            for name in process.commands:
                found[name] = found.get(name, False) or name in process.requires_admin
        return found

    @property
    def reconnecting(self) -> bool:
        """Whether bots are joining their rooms again, by `reconnect_all`."""
        return self._reconnects.under_way

    def reconnect_all(self, last: str | None) -> int | None:
        """Have all bots leave their rooms and join again, one after another.

        Args:
            last: the mesh whose turn comes last, because a user waits for an answer there.

        Returns:
            How many will; None: they are at it already.
        """
        return self._reconnects.start(last)

    def changed(self) -> None:
        """Take in that meshes have changed."""
        self._reconnects.wake()

    def close(self) -> None:
        """Stop all joining again; idempotent."""
        self._reconnects.stop()
