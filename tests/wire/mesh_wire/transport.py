"""A transport that speaks JSON lines to a UNIX socket, and remembers how far it has heard."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    MAIN,
    CannotEditError,
    ChatMessage,
    Checkpoint,
    Deliver,
    End,
    EndKind,
    JoinError,
    Joining,
    Limits,
    Manners,
    MeshAddress,
    NoSuchPlaceError,
    NotInMeshError,
    SentAwayError,
    Traits,
    User,
)

OWN_ID: Final = "bot"


def make(address: MeshAddress, timings: Timings) -> WireTransport:
    """Make one."""
    return WireTransport(address)


class WireTransport:
    """Implements `meshvisor.worker.mesh.transport.Transport`."""

    traits = Traits()
    manners = Manners()
    own_id = OWN_ID
    users: Mapping[str, User] = {}

    def __init__(self, address: MeshAddress) -> None:
        self._address = address
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[End] | None = None
        self._has_left = False

    @property
    def is_present(self) -> bool:
        """Whether a message could be sent now."""
        return self._writer is not None

    def limits(self, place: str) -> Limits:
        """Return what fits."""
        return Limits(max_bytes=400)

    async def join(self, joining: Joining, deliver: Deliver) -> None:
        """Connect and say hello."""
        try:
            reader, writer = await asyncio.open_unix_connection(self._address.settings["path"])
        except OSError as error:
            raise JoinError(f"no wire: {error}", FailureKind.UNREACHABLE) from error
        try:
            token = joining.credentials.fields.get("token")
            self._send(
                writer,
                type="join",
                mesh=self._address.room,
                resume=joining.resume,
                token=token.get_secret_value() if token is not None else None,
            )
            answer = json.loads(await reader.readline() or b'{"type": "gone"}')
            self._check(answer)
        except BaseException:
            writer.close()
            raise
        self._writer, self._has_left = writer, False
        self._reading = asyncio.create_task(self._read(reader, deliver), name="wire")

    async def ended(self) -> End:
        """Return when the socket is closed or the network says so."""
        assert self._reading is not None
        end = await asyncio.shield(self._reading)
        self._close()
        return end

    async def leave(self, reason: str, *, politely: bool = True) -> None:
        """Hang up."""
        self._has_left = True
        self._close()
        if self._reading is not None:
            await asyncio.wait((self._reading,), timeout=1)

    async def say(self, text: str, place: str = MAIN, reply_to: str | None = None) -> str | None:
        """Send one message."""
        if self._writer is None:
            raise NotInMeshError("there is no wire")
        self._send(self._writer, type="say", text=text)
        return None

    async def edit(self, sent_id: str, text: str, place: str = MAIN) -> None:
        """Nothing can be edited."""
        raise CannotEditError(sent_id)

    async def direct_place(self, user_id: str) -> str:
        """Refuse: there are no private places."""
        raise NoSuchPlaceError(user_id)

    async def show_typing(self, typing: bool, place: str = MAIN) -> None:
        """Do nothing: it is not shown."""

    # Private

    def _send(self, writer: asyncio.StreamWriter, **message: Any) -> None:
        writer.write(json.dumps(message).encode() + b"\n")

    def _check(self, answer: Mapping[str, Any]) -> None:
        match answer["type"]:
            case "joined":
                return
            case "ended":
                raise SentAwayError(_end(answer))
            case "refused":
                kind = FailureKind(answer["kind"])
                raise JoinError(answer["reason"], kind, answer.get("retry_after"))
            case _:
                raise JoinError("the wire was cut", FailureKind.UNREACHABLE)

    async def _read(self, reader: asyncio.StreamReader, deliver: Deliver) -> End:
        with suppress(OSError):
            while line := await reader.readline():
                message = json.loads(line)
                if message["type"] == "ended":
                    return _end(message)
                number = message["number"]
                deliver(Checkpoint(str(number)))
                # Each from another user, as users have one command at a time.
                user = User(f"user{number}", f"User {number}")
                deliver(ChatMessage(str(number), user, message["text"]))
        return End(EndKind.LEFT if self._has_left else EndKind.LOST, "the wire was cut")

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _end(message: Mapping[str, Any]) -> End:
    return End(EndKind(message["kind"]), message.get("reason", ""), message.get("retry_after"))
