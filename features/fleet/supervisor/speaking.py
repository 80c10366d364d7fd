"""What operators and workflows have bots say and do in their rooms.

Owns the audit entry and the event.  Does not own the saying (`rooms`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from meshvisor.features.fleet.events import SAID
from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.fleet.wordings import NOT_IN_ROOM
from meshvisor.shared.clock import Clock
from meshvisor.shared.control.unknown_mesh import unknown_mesh
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.late import late
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol.from_worker import MessageSent
from meshvisor.shared.protocol.to_worker import RunCommand, SendMessage
from meshvisor.supervisor.audit.log import Actor, AuditLog
from meshvisor.supervisor.events.service import EventService

if TYPE_CHECKING:
    from meshvisor.features.fleet import results
else:
    results = late("meshvisor.features.fleet.results")

PATIENCE: Final = 5.0
"""Seconds that an answer waits for the message to be said; a network with a pace may take longer,
and says it all the same."""

COMMAND_PATIENCE: Final = 25.0
"""Seconds that a command may take which a program has asked for: less than it waits itself."""

MOST_IN_AUDIT: Final = 200
"""Characters of a message that the audit log repeats."""


class Speaking:
    """Has bots say what operators want said."""

    def __init__(
        self, fleet: FleetManager, audit: AuditLog, events: EventService, clock: Clock
    ) -> None:
        self._fleet = fleet
        self._audit = audit
        self._events = events
        self._clock = clock
        self._saying: set[asyncio.Task[MessageSent | None]] = set()

    async def say(
        self,
        mesh_id: str,
        text: str,
        actor: Actor,
        user_id: str | None = None,
        user_name: str = "",
    ) -> results.Said:
        """Have the bot of a mesh say something.

        Args:
            mesh_id: where.
            text: what.
            actor: who wants it said.
            user_id: for whom: said to them alone where the network can; None: to all.
            user_name: what they are called where others read it, too; empty: by their id.

        Raises:
            UsageError: there is no such mesh, its bot is not in its room, or leaves it meanwhile.
        """
        record = self._fleet.records.get(mesh_id)
        if record is None:
            raise unknown_mesh(mesh_id, list(self._fleet.records))
        if record.state is not MeshState.CONNECTED:
            raise _not_there(mesh_id)
        notice = SendMessage(mesh_id=mesh_id, text=text, kind="outcome")
        if user_id is not None:
            address = f"{user_name or user_id}: "
            # A question goes to its user first, an outcome to its place.
            notice = SendMessage(
                mesh_id=mesh_id, text=text, kind="question", to_user=user_id, address=address
            )
        saying = asyncio.create_task(self._fleet.rooms.say_now(notice), name=f"say in {mesh_id}")
        self._saying.add(saying)
        saying.add_done_callback(self._saying.discard)
        await asyncio.wait((saying,), timeout=PATIENCE)
        sent = saying.result() if saying.done() else None
        if saying.done() and sent is None:
            raise _not_there(mesh_id)
        at = round(self._clock.wall() * 1000)
        data = {"text": text} if user_id is None else {"text": text, "user_id": user_id}
        event = NewEvent(at, SAID.name, mesh_id, mesh_id, actor.id, data).under(actor.cause)
        self._events.append_soon(event)
        await self._audit.add(actor, "mesh.say", mesh_id, detail=text[:MOST_IN_AUDIT])
        is_direct = None if sent is None else bool(sent.alone)
        return results.Said(is_said=saying.done(), is_direct=is_direct)

    async def run(self, order: RunCommand, actor: Actor) -> results.CommandRun:
        """Have the bot of a mesh run a command, and return what it has answered.

        Raises:
            UsageError: there is no such mesh or command, its bot is not in its room, the command is
                for admins, or it has failed.
            MeshvisorError: it takes too long; it goes on.
        """
        mesh_id = str(order.mesh_id)
        if mesh_id not in self._fleet.records:
            raise unknown_mesh(mesh_id, list(self._fleet.records))
        await self._audit.add(actor, "mesh.command", mesh_id, detail=order.command[:MOST_IN_AUDIT])
        running = asyncio.ensure_future(self._fleet.rooms.run(order))
        done, _ = await asyncio.wait((running,), timeout=COMMAND_PATIENCE)
        if not done:
            running.cancel()
            raise MeshvisorError(f"the command has not ended within {COMMAND_PATIENCE:g} s")
        answer = running.result()
        if answer is None:
            raise _not_there(mesh_id)
        if answer.error:
            raise UsageError(answer.error)
        return results.CommandRun(response="\n".join(answer.replies), responses=answer.replies)


# Private


def _not_there(mesh_id: str) -> UsageError:
    return UsageError(NOT_IN_ROOM.said(mesh_id=mesh_id))
