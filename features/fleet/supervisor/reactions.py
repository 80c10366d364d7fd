"""What the messages of workers mean for their meshes.

Owns the reaction to each message.  Does not own status answers (`monitor`), what follows from a
changed record (`manager`, which calls this), what follows from a kick (`kicks`), nor what people
in rooms ask for (`room_requests`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.fleet.supervisor.command_help import CommandHelp
from meshvisor.features.fleet.supervisor.connections import Connections
from meshvisor.features.fleet.supervisor.kicks import Kicks
from meshvisor.features.fleet.supervisor.record import MeshRecord, Trouble
from meshvisor.features.fleet.supervisor.room_requests import RoomRequests
from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.shared.clock import Clock
from meshvisor.shared.logs.secrets import without_secrets
from meshvisor.shared.model.mesh import MeshState, may_become
from meshvisor.shared.protocol import from_worker as said
from meshvisor.shared.protocol.channel import Broken
from meshvisor.shared.protocol.messages import Error, Message, RestartRequest
from meshvisor.shared.protocol.to_worker import CheckpointKept
from meshvisor.supervisor.room_answers import RoomAnswers

log = logging.getLogger(__name__)

_SENTENCES: Final = ("error", "reason", "text")
"""Fields of messages that status, events and people in rooms repeat.  A server may have put into
them what it was sent."""

_WHY: Final = {
    Trouble.UNAUTHORIZED: "the account is not accepted",
    Trouble.REPLACED: "another client has taken the connection",
    Trouble.KICKED: "kicked",
}


class Reactions:
    """Reacts to messages.

    Args:
        blocklist: takes in meshes whose bots are kicked.
        clock: of when bots leave.
        connections: notified of every connect, and how far bots have heard.
        answers: who answers what people ask for.
        broken: called when a worker says what cannot be.
        restart: replaces the worker of a mesh politely.
    """

    def __init__(
        self,
        blocklist: Blocklist,
        clock: Clock,
        connections: Connections,
        answers: RoomAnswers,
        broken: Callable[[WorkerProcess, Broken], None],
        restart: Callable[[MeshRecord, str], None],
    ) -> None:
        self.help = CommandHelp()
        """What chat commands say of themselves."""
        self._blocklist = blocklist
        self._kicks = Kicks(blocklist, clock, connections)
        self._clock = clock
        self._connections = connections
        self._answers = answers
        self._room_requests = RoomRequests(answers)
        self._broken = broken
        self._restart = restart
        self._reactions: dict[type[Message], Callable[[MeshRecord, object], None]] = {
            said.Ready: self._on_ready,
            said.ConnectRequest: self._on_connect_request,
            said.Connected: self._on_connected,
            said.ConnectionFailed: self._on_connection_failed,
            said.Disconnected: self._on_disconnected,
            said.Remarked: self._on_remark,
            said.Kicked: self._on_kicked,
            said.IntentionalLeave: self._on_leave,
            said.Checkpointed: self._on_checkpoint,
            said.Spent: self._on_spent,
            Error: self._on_error,
            RestartRequest: self._on_restart_request,
        }

    def to(self, record: MeshRecord, message: Message) -> bool:
        """React to a message of the mesh's present worker; False when there is nothing to do."""
        reaction = self._reactions.get(type(message))
        if reaction is None and self._answers.knows(message):
            reaction = self._on_request
        if reaction is None:
            return False
        reaction(record, _masked(message))
        return True

    def stop(self) -> None:
        """Cancel what is being answered; idempotent."""
        self._room_requests.stop()

    # Private

    def _show(self, record: MeshRecord, state: MeshState, error: str | None = None) -> bool:
        """Take over a state that a worker reports; False when it is not believed."""
        process = record.process
        assert process is not None
        if process.fault is not None:
            return False
        if not may_become(record.state, state):
            self._broken(process, Broken(f"it said {state} while the mesh was {record.state}"))
            return False
        record.become(state, error)
        return True

    def _on_ready(self, record: MeshRecord, message: object) -> None:
        assert isinstance(message, said.Ready)
        if record.process is not None:
            record.process.commands = message.commands
            record.process.requires_admin = frozenset(message.admin_only)
        self.help.learn(message.help)
        record.remark = None
        self._show(record, MeshState.READY)

    def _on_connect_request(self, record: MeshRecord, message: object) -> None:
        assert isinstance(message, said.ConnectRequest)
        self._connections.requested(record, message.id)

    def _on_connected(self, record: MeshRecord, message: object) -> None:
        if self._show(record, MeshState.CONNECTED):
            record.joins += 1
            self._connections.succeeded(record)

    def _on_connection_failed(self, record: MeshRecord, message: object) -> None:
        assert isinstance(message, said.ConnectionFailed)
        record.remark = None
        is_shown = self._show(record, MeshState.DISCONNECTED, message.error)
        if is_shown and not self._is_blocked(record):
            self._connections.failed(record, message)

    def _on_disconnected(self, record: MeshRecord, message: object) -> None:
        assert isinstance(message, said.Disconnected)
        trouble = None if message.kind is None else Trouble(message.kind)
        why = _why(trouble, message.reason)
        if not self._show(record, MeshState.DISCONNECTED, why):
            return
        # The end of a connect that was not one.
        self._connections.gone(record.mesh_id)
        record.remark = None
        record.expect(message.retry_after, self._clock.monotonic())
        record.trouble, record.last_error = trouble, why
        if message.server_initiated:
            self._leaves(record)
        elif record.trouble is None and not message.left:
            record.losses.note(self._clock.monotonic(), message.reason)

    def _on_remark(self, record: MeshRecord, message: object) -> None:
        assert isinstance(message, said.Remarked)
        record.remark = message.text or None

    def _on_kicked(self, record: MeshRecord, message: object) -> None:
        assert isinstance(message, said.Kicked)
        record.last_error = _why(Trouble.KICKED, message.reason)
        self._kicks.kicked(record, message.retry_after or 0.0)

    def _on_leave(self, record: MeshRecord, message: object) -> None:
        assert isinstance(message, said.IntentionalLeave)
        self._leaves(record)
        record.last_error = message.reason or None

    def _leaves(self, record: MeshRecord) -> None:
        record.left_at = self._clock.monotonic()
        if record.process is not None:
            # Remembered with the process too: discovery may see the mesh again before the
            # worker has ended, and its end is no crash even so.
            record.process.left = True

    def _on_checkpoint(self, record: MeshRecord, message: object) -> None:
        assert isinstance(message, said.Checkpointed)
        process = record.process
        assert process is not None
        mesh = process.mesh or record.mesh
        kept = CheckpointKept(mesh_id=record.mesh_id, reply_to=message.id)
        if process.forgets:
            if message.waits:
                process.send(kept)
            return
        if not message.waits:
            self._connections.checkpoints.take(mesh, message.token)
            return
        self._connections.checkpoints.take_now(mesh, message.token, partial(process.send, kept))

    def _on_spent(self, record: MeshRecord, message: object) -> None:
        assert isinstance(message, said.Spent)
        process = record.process
        assert process is not None
        self._connections.restraints.sent(process.mesh or record.mesh, message.minutes)

    def _on_error(self, record: MeshRecord, message: object) -> None:
        assert isinstance(message, Error)
        record.last_error = message.error

    def _on_restart_request(self, record: MeshRecord, message: object) -> None:
        assert isinstance(message, RestartRequest)
        # Kept like the cause of a crash: it explains the restart that people see.
        record.last_error = record.last_crash = message.reason
        if record.process is not None:
            record.process.asks_because = message.reason
        self._restart(record, record.last_error)

    def _on_request(self, record: MeshRecord, message: object) -> None:
        assert isinstance(message, Message)
        if record.process is not None:
            self._room_requests.take(record.process, message)

    def _is_blocked(self, record: MeshRecord) -> bool:
        return self._blocklist.is_blocked(record.mesh_id)


def _masked(message: Message) -> Message:
    """Return a message with masks for the secrets in its sentences."""
    changed = {
        name: masked
        for name in _SENTENCES
        if isinstance(text := getattr(message, name, None), str)
        and (masked := without_secrets(text)) != text
    }
    return msgspec.structs.replace(message, **changed) if changed else message


def _why(trouble: Trouble | None, reason: str) -> str:
    if trouble is None:
        return reason
    if trouble is Trouble.REPLACED and "another client" in reason:
        return reason  # a transport that knows what was taken says so itself
    return f"{_WHY[trouble]}: {reason}" if reason else _WHY[trouble]
