"""One session in a Matrix room: from the first request to the end of the last.

Owns life: being let in, listening, and how it ends.  Does not own what comes in (`incoming`), what
is said (`speaker`), nor connections (`client`).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from meshvisor.features.matrix.address import homeserver, is_alias
from meshvisor.features.matrix.login import can_log_in, login_advice
from meshvisor.features.matrix.wire import requests
from meshvisor.features.matrix.wire.events import (
    Profile,
    Sync,
    is_encryption,
    read_members,
    read_sync,
)
from meshvisor.features.matrix.wire.refusals import MatrixError
from meshvisor.features.matrix.worker.client import Client
from meshvisor.features.matrix.worker.failures import FAILURES, join_error, sentence
from meshvisor.features.matrix.worker.incoming import MOST_EVENTS, Incoming
from meshvisor.features.matrix.worker.members import Members
from meshvisor.features.matrix.worker.progress import read_progress
from meshvisor.features.matrix.worker.speaker import Speaker
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.mesh.session_life import NOT_JOINED, SessionLife
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    Checkpoint,
    Deliver,
    End,
    EndKind,
    JoinError,
    MeshAddress,
)

QUIET_CHECKPOINT: Final = 300.0
"""Seconds after which a token is reported though nothing has happened in the room: servers forget
what they were asked long ago, and other rooms of the account go on."""

GETTING_IN: Final = 22.0
"""Seconds beyond the usual that answers may take until the bot is in its room.  After an outage all
rooms ask at once, and a server works on what was given up all the same: those that come back sooner
would keep it from ever catching up."""

LONG_JOIN: Final = 60.0
"""Seconds beyond that until it is let into the room: its server may have to fetch a large one from
others first."""

log = bound_log(__name__)


class Answers(msgspec.Struct, frozen=True):
    """What is asked at the beginning."""

    user_id: str
    members: Mapping[str, Profile]
    is_new: bool
    """Whether the bot was not in the room before."""


class MatrixSession:
    """One session.

    Args:
        mesh: its settings are those of `MatrixSettings`.
        credentials: its account.
        resume: of an earlier session, as `Progress` writes it.
        deliver: called for everything that comes in.
        timings: how long to wait for what.

    Raises:
        JoinError: settings and account do not say what has to be known.
    """

    def __init__(
        self,
        mesh: MeshAddress,
        credentials: Credentials,
        resume: str | None,
        deliver: Deliver,
        timings: Timings,
    ) -> None:
        self._mesh = mesh
        self._settings = mesh.settings
        self._account = _fields(mesh, credentials)
        self._deliver = deliver
        self._progress = read_progress(resume)
        self._loop = asyncio.get_running_loop()
        server = mesh.server or self._account.get("server", "")
        if not server:
            raise JoinError(
                f"mesh {mesh.mesh_id} does not say which homeserver it is on; add server = "
                '"https://…" to its entry or to its account',
                FailureKind.BROKEN,
            )
        self.client = Client(
            homeserver(server), self._settings["certificate_sha256"], timings.open, timings.request
        )
        self._room = ""
        self._told_at = 0.0
        """When the newest token was reported (loop time)."""
        self._life = SessionLife()
        self._listener: asyncio.Task[None] | None = None
        self._incoming: Incoming | None = None
        self._speaker: Speaker | None = None
        self.own_id = ""
        self.members = Members("", {})

    @property
    def is_present(self) -> bool:
        """Whether a message could be sent now."""
        return self._listener is not None and self._life.end is None

    @property
    def speaker(self) -> Speaker:
        """What says things in the room; only once the bot is in it."""
        assert self._speaker is not None
        return self._speaker

    # Life

    async def join(self) -> None:
        """Get into the room; see `Transport.join`."""
        usual, self.client.patience = self.client.patience, self.client.patience + GETTING_IN
        try:
            await self._get_in()
        except BaseException as error:
            self._close(NOT_JOINED)
            if isinstance(error, FAILURES):
                raise join_error(error, self.client.server) from error
            raise
        self.client.patience = usual
        self._listener = self._loop.create_task(self._listen(), name="matrix sync")

    async def ended(self) -> End:
        """Return how it ended, when it has."""
        return await self._life.ended()

    def close(self, end: End) -> None:
        """End it from this side.  Idempotent."""
        if self._listener is not None:
            self._listener.cancel()
        self._close(end)

    def _close(self, end: End) -> None:
        self._life.set_end(end)
        if self._speaker is not None:
            self._speaker.end()
        self.client.close()
        self._life.finish()

    # Getting in

    async def _get_in(self) -> None:
        await self._log_in()
        try:
            answers = await self._enter()
        except MatrixError as error:
            # A session that was ended elsewhere: the password makes another one.
            if not (error.is_void_token and self._account.get("password")) or self._has_logged_in:
                raise
            self._progress = msgspec.structs.replace(self._progress, token="", user="")
            await self._log_in()
            answers = await self._enter()
        self.own_id = answers.user_id
        self.members = Members(self.own_id, answers.members)
        if answers.is_new or not self._progress.since:
            # What was said before is not for the bot.
            self._note(await self._now())
        self._incoming = Incoming(self.own_id, self.members, self._deliver, self._handled)
        self._speaker = Speaker(
            self.client, self._room, self.own_id, self._settings, self.members, self._incoming
        )

    _has_logged_in = False

    async def _log_in(self) -> None:
        account, saved = self._account, self._progress
        if token := account.get("token"):
            self.client.token = token
            self._progress = msgspec.structs.replace(saved, token="", user="")
            return
        user = account["user"]
        if saved.token and saved.user == user:
            self.client.token = saved.token
            return
        name = f"Meshvisor ({self._mesh.mesh_id})"
        request = requests.login(user, account["password"], self._device, name)
        try:
            found = msgspec.json.decode(await self.client.ask(request), type=_Login)
        except MatrixError as error:
            raise _refused_login(error, user) from error
        self._has_logged_in = True
        self.client.token = found.access_token
        self._progress = msgspec.structs.replace(saved, token=found.access_token, user=user)
        if saved.since:
            self._note(saved.since, saved.after)

    @property
    def _device(self) -> str:
        """One session on the server for each mesh, however often it logs in."""
        name = f"{self._mesh.mesh_id} {self._mesh.room}"
        return "MESHVISOR" + hashlib.sha256(name.encode()).hexdigest()[:12].upper()

    async def _enter(self) -> Answers:
        """Ask everything at once: a bot that was killed is to be back within a moment."""
        self._room = await self._room_id()
        try:
            async with asyncio.TaskGroup() as group:
                user = group.create_task(self.client.ask(requests.who_am_i()))
                members = group.create_task(self._members())
                secret = group.create_task(self._is_encrypted())
        except BaseExceptionGroup as failed:
            raise _worst(failed) from None
        user_id = msgspec.json.decode(user.result(), type=_WhoAmI).user_id
        listed = members.result()
        is_new = listed is None
        if listed is None:
            await self._go_in()
            listed = await self._members() or {}
        # Who is not in a room may not ask.
        if secret.result() or (is_new and await self._is_encrypted()):
            raise JoinError(
                f"{self._mesh.room} is encrypted, and the bot reads no encrypted messages; invite "
                "it to a room without encryption",
                FailureKind.REFUSED,
            )
        return Answers(user_id, listed, is_new)

    async def _room_id(self) -> str:
        room = self._mesh.room
        if not is_alias(room):
            return room
        content = await self.client.ask(requests.resolve(room))
        return msgspec.json.decode(content, type=_Resolved).room_id

    async def _members(self) -> Mapping[str, Profile] | None:
        """Return who is in the room; None: the bot is not."""
        try:
            return read_members(await self.client.ask(requests.joined_members(self._room)))
        except MatrixError as error:
            if error.code in {"M_FORBIDDEN", "M_NOT_FOUND"}:
                return None
            raise

    async def _is_encrypted(self) -> bool:
        try:
            content = await self.client.ask(requests.state(self._room, "m.room.encryption"))
        except MatrixError as error:
            if error.code in {"M_FORBIDDEN", "M_NOT_FOUND"}:
                return False
            raise
        return is_encryption(content)

    async def _go_in(self) -> None:
        try:
            request = requests.join(self._room, tuple(self._settings["via"]))
            await self.client.ask(request, LONG_JOIN)
        except MatrixError as error:
            if error.is_limit or error.is_void_token or error.is_passing or not error.code:
                raise
            raise JoinError(
                f"the bot may not come into {self._mesh.room}: {error}", FailureKind.REFUSED
            ) from error

    # Listening

    async def _listen(self) -> None:
        end = End(EndKind.LOST, "internal error, see the log")
        try:
            end = await self._hear()
        except FAILURES as error:
            end = self._end_of(error)
        except Exception as error:
            # A mistake of ours must cost this session and not the worker.
            log.error("The stay ended with an internal error", exc_info=error, event="stay_crashed")
        finally:
            self._close(end)

    async def _hear(self) -> End:
        assert self._incoming is not None
        is_list_old = False
        while True:
            try:
                news = await self._sync(self._progress.since, self._settings["sync_timeout"])
            except MatrixError as error:
                if not error.is_limit:
                    raise
                await asyncio.sleep(error.retry_after or 1.0)
                continue
            if (left := news.rooms.leave.get(self._room)) is not None:
                return self._incoming.thrown_out(left)
            room = news.rooms.join.get(self._room)
            if room is not None:
                after = self._progress.after
                if (end := self._incoming.take(room, after, self.client.clock_ahead)) is not None:
                    self._note(news.next_batch)
                    return end
            is_gap = room is not None and room.timeline.limited
            if is_list_old and not is_gap:
                self.members.replace(await self._members() or {})
            # Who has come and gone in what was left out is not reported; a flood is over first.
            is_list_old = is_gap
            if room is not None or self._loop.time() - self._told_at > QUIET_CHECKPOINT:
                self._note(news.next_batch)
            else:
                self._progress = msgspec.structs.replace(self._progress, since=news.next_batch)

    async def _now(self) -> str:
        """Return from where on there will be news."""
        wanted = requests.now_filter(self._room, os.urandom(8).hex())
        return read_sync(await self.client.ask(requests.sync(wanted, None, 0))).next_batch

    async def _sync(self, since: str, timeout: float) -> Sync:
        wanted = requests.sync_filter(
            self._room,
            typing=self._settings["typing"],
            limit=MOST_EVENTS,
        )
        return read_sync(await self.client.ask(requests.sync(wanted, since, timeout), timeout))

    def _handled(self, event_id: str) -> None:
        """Take in that an event is about to be handled."""
        self._note(self._progress.since, event_id)

    def _note(self, since: str, after: str = "") -> None:
        self._progress = msgspec.structs.replace(self._progress, since=since, after=after)
        self._told_at = self._loop.time()
        self._deliver(Checkpoint(self._progress.written))

    def _end_of(self, error: BaseException) -> End:
        said = sentence(error, self.client.server)
        if not isinstance(error, MatrixError):
            return End(EndKind.LOST, said)
        if error.is_void_token and not self._account.get("password"):
            return End(EndKind.UNAUTHORIZED, said)
        if error.status == 400 and error.code:
            # A token of an older life of the server; the next session begins anew.
            self._progress = msgspec.structs.replace(self._progress, since="", after="")
            self._deliver(Checkpoint(self._progress.written))
        return End(EndKind.LOST, said, error.retry_after)


# Private


class _Login(msgspec.Struct):
    access_token: str


class _WhoAmI(msgspec.Struct):
    user_id: str


class _Resolved(msgspec.Struct):
    room_id: str


def _fields(mesh: MeshAddress, credentials: Credentials) -> dict[str, Any]:
    """Return what the account holds.

    Raises:
        JoinError: nothing to log in with.
    """
    secrets = credentials.fields if credentials.account else {}
    found = {name: secret.get_secret_value() for name, secret in secrets.items()}
    if not can_log_in(found):
        raise JoinError(
            f"mesh {mesh.mesh_id} has no account with a token, or a user and a password; "
            + login_advice(credentials.account),
            FailureKind.UNAUTHORIZED,
        )
    return found


def _refused_login(error: MatrixError, user: str) -> BaseException:
    if error.code == "M_FORBIDDEN":
        return JoinError(
            f"{user} cannot log in: {error}; correct user and password of the account, or give it "
            "a token",
            FailureKind.UNAUTHORIZED,
        )
    return error


def _worst(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the failure that says most of several at once: that the account is not known."""
    found = [*failed.exceptions]
    void = (one for one in found if isinstance(one, MatrixError) and one.is_void_token)
    return next(void, found[0])
