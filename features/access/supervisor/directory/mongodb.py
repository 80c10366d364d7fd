"""The directory in MongoDB, or in a server that speaks like it.

Owns the one client of the supervisor, the reads and writes, and finding out about changes.  Does
not own what the documents mean (`documents`), which server it is (`database_config`), how a client
is made (`mongodb_client`) nor how its errors are worded (`mongodb_errors`).  Everything asked for
is part of what MongoDB 6 and newer, FerretDB and smaller servers agree on; change streams are used
where there are any.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC
from functools import partial
from typing import Any, Final, Literal, cast

import bson
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import BSONError
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import ConnectionFailure, DuplicateKeyError, OperationFailure, PyMongoError

from meshvisor.features.access.settings import DatabaseSettings
from meshvisor.features.access.supervisor.directory import documents
from meshvisor.features.access.supervisor.directory.backend import Along
from meshvisor.features.access.supervisor.directory.database_config import MongoConfig
from meshvisor.features.access.supervisor.directory.model import (
    Account,
    Admin,
    Permission,
    Snapshot,
)
from meshvisor.features.access.supervisor.directory.mongodb_client import make_client
from meshvisor.features.access.supervisor.directory.mongodb_errors import (
    Attempt,
    explain,
    is_retryable,
)
from meshvisor.features.access.supervisor.directory.mongodb_stream import Watch

STREAM_WAIT: Final = 10.0
"""Seconds that the server may hold an answer back while nothing changes."""

STREAM_TRUST: Final = 60.0
"""Seconds after which the content is compared although the stream reported nothing: there are
servers that open a stream and never fill it."""

CLOSE_TIMEOUT: Final = 0.5
"""Seconds for telling a server that we leave; it finds out by itself, too."""

BATCH: Final = 1000
"""Documents in one answer of the server.  The driver needs 15 ms to take ten thousand apart, even
raw, and the loop has to turn in between."""

COLLECTIONS: Final = (documents.CREDENTIALS, documents.ADMINS, documents.PERMISSIONS)

_CODEC: Final[CodecOptions[dict[str, Any]]] = CodecOptions(
    tz_aware=True,
    tzinfo=UTC,
    # One date or text that Python cannot hold must not hide all other documents.
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
    unicode_decode_error_handler="replace",
)

Raw = tuple[bytes, ...]
"""The documents of each of `COLLECTIONS`, as the server sent them."""


class MongoBackend:
    """Implements `features.access.supervisor.directory.backend.Backend`.

    Made inside the running loop, one for the life of the supervisor; connects when it is first
    asked for something, and again by itself after an outage.  Every method ends within
    `settings.timeout` seconds (`wait_for_change`: notices a dead server within that) and raises
    `DirectoryUnreachableError` or `DirectoryRefusedError` and nothing else.

    Args:
        config: the server.
        settings: the deadline and how often to look for changes.

    Raises:
        SettingsError: when it is made: the driver does not want the URI and options together.
    """

    kind: Final[Literal["sqlite", "mongodb"]] = "mongodb"
    takes_along: Final = False

    def __init__(self, config: MongoConfig, settings: DatabaseSettings) -> None:
        self._attempt = Attempt(config.place, settings.timeout, has_user=config.has_user)
        self._poll_interval = settings.poll_interval
        self._client = make_client(config, settings.timeout)
        self._database = self._client.get_database(config.database)
        self._last: Snapshot | None = None
        self._refuses_streams = False
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def place(self) -> str:
        """The URI without user, password and options."""
        return self._attempt.place

    async def load(self) -> Snapshot:
        """Return everything; what has not changed since the last time is not decoded again."""
        raw = await self._read_all()
        version = _fingerprint(raw)
        if self._last is None or self._last.version != version:
            self._last = await self._decode(raw, version)
        return self._last

    async def wait_for_change(self, seen: Snapshot) -> None:
        """Return when another content than that of `seen` is there, or may be."""
        if self._has_streams() and not self._refuses_streams:
            watch = await self._open_stream()
            if watch is not None:
                await self._follow(watch, seen)
                return
        # Nothing notifies us: what is there has to be looked at.
        while _fingerprint(await self._read_all()) == seen.version:  # noqa: ASYNC110
            await asyncio.sleep(self._poll_interval)

    async def put_account(self, account: Account, along: Along | None = None) -> None:
        """Keep the account instead of an older one."""

        async def change() -> None:
            credentials = self._collection(documents.CREDENTIALS)
            fields = documents.account_document(account)
            key = {"_id": documents.ACCOUNT_ID}
            older = key | {"updatedAt": {"$lte": fields["updatedAt"]}}
            try:
                await _upsert(credentials, older, fields)
            except DuplicateKeyError:
                # One is there that is not older, or whose moment is of another type.
                there = await credentials.find_one(key, {"updatedAt": 1})
                if there is not None and _is_older(there, account):
                    same = key | {"updatedAt": there.get("updatedAt")}
                    await credentials.update_one(same, {"$set": fields})

        await self._change(change)

    async def put_admin(self, admin: Admin, along: Along | None = None) -> None:
        """Add or change an admin; other fields of the document stay."""
        await self._set(documents.ADMINS, admin.id, documents.admin_document(admin))

    async def put_permission(
        self,
        permission: Permission,
        others: Collection[str] = (),
        along: Along | None = None,
    ) -> None:
        """Set what is decided about a command; other fields of the document stay."""
        fields = documents.permission_document(permission)
        await self._set(documents.PERMISSIONS, permission.id, fields)
        for other in others:
            await self.delete_permission(other)

    async def delete_permission(
        self, command: str, others: Collection[str] = (), along: Along | None = None
    ) -> None:
        """Forget what is decided about a command, under one name after another."""
        permissions = self._collection(documents.PERMISSIONS)
        for name in (command, *others):
            await self._change(partial(_delete, permissions, name))

    async def close(self) -> None:
        """End the connections; a server that does not answer does not delay the caller."""
        # The driver tells the server which sessions and which cursors end, and would wait for a
        # frozen one.  It tells each of them once only: what is left for the last try needs no
        # server, and without it the driver's tasks would go on.
        for _ in range(3):
            with contextlib.suppress(PyMongoError, OSError):
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await self._client.close()
                    break
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=CLOSE_TIMEOUT)
        # The loop closes the sockets in its next turn; it may be the last one.
        await asyncio.sleep(0)

    # ---- Reading ---------------------------------------------------------------------------------

    async def _read_all(self) -> Raw:
        async with self._deadline(self._attempt):
            account = await self._read(documents.CREDENTIALS, {"_id": documents.ACCOUNT_ID})
            admins = await self._read(documents.ADMINS, {})
            permissions = await self._read(documents.PERMISSIONS, {})
        return account, admins, permissions

    async def _read(self, collection: str, which: Mapping[str, Any]) -> bytes:
        cursor = self._collection(collection).find_raw_batches(
            which, sort=[("_id", 1)], batch_size=BATCH
        )
        # The driver calls these batches documents, and gives bytes.
        return b"".join([cast(bytes, batch) async for batch in cursor])

    async def _decode(self, raw: Raw, version: str) -> Snapshot:
        try:
            # Ten thousand documents take longer than the loop may stand still.
            return await asyncio.to_thread(_read_snapshot, raw, version)
        except BSONError as error:
            raise explain(error, self._attempt) from error

    # ---- Waiting ---------------------------------------------------------------------------------

    def _has_streams(self) -> bool:
        servers = self._client.topology_description.server_descriptions().values()
        return any(server.server_type_name in {"RSPrimary", "Mongos"} for server in servers)

    async def _open_stream(self) -> Watch | None:
        wait = min(STREAM_WAIT, self._poll_interval)
        async with self._deadline(self._attempt):
            try:
                return await Watch.open(
                    self._database, COLLECTIONS, wait=wait, timeout=self._attempt.timeout
                )
            except OperationFailure:
                # Not every server has them, and not every user may have one.
                self._refuses_streams = True
                return None

    async def _follow(self, watch: Watch, seen: Snapshot) -> None:
        try:
            # The stream is open first and the content is compared then: nothing falls between.
            while _fingerprint(await self._read_all()) == seen.version:
                if await self._is_notified(watch):
                    return
        finally:
            leaving = asyncio.create_task(watch.leave(), name="directory: leave change stream")
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def _is_notified(self, watch: Watch) -> bool:
        """Return True after a change, False when it is time to compare again."""
        loop = asyncio.get_running_loop()
        end = loop.time() + STREAM_TRUST
        while loop.time() < end:
            with self._explained(self._attempt):
                if await watch.tells():
                    return True
        return False

    # ---- Changing --------------------------------------------------------------------------------

    async def _set(self, collection: str, key: str, fields: Mapping[str, Any]) -> None:
        async def change() -> None:
            await _upsert(self._collection(collection), {"_id": key}, fields)

        await self._change(change)

    async def _change(self, change: Callable[[], Awaitable[None]]) -> None:
        async with self._deadline(replace(self._attempt, is_change=True)):
            try:
                await change()
            except PyMongoError as error:
                if not is_retryable(error):
                    raise
                # The server was started anew since we last spoke to it.  Done twice, each of our
                # changes is the same as done once.
                try:
                    await change()
                except ConnectionFailure:
                    # Not this one: it may be sure that nothing arrived, and the first is not.
                    raise error from None

    # ---- The driver ------------------------------------------------------------------------------

    def _collection(self, name: str) -> AsyncCollection[dict[str, Any]]:
        return self._database.get_collection(name, codec_options=_CODEC)

    @contextlib.asynccontextmanager
    async def _deadline(self, attempt: Attempt) -> AsyncIterator[None]:
        with self._explained(attempt):
            async with asyncio.timeout(attempt.timeout):
                yield

    @contextlib.contextmanager
    def _explained(self, attempt: Attempt) -> Iterator[None]:
        try:
            yield
        except (PyMongoError, BSONError, OSError) as error:
            # What comes back may be another server, or have another user, with streams.
            self._refuses_streams = False
            raise explain(error, attempt, self._server_errors()) from error

    def _server_errors(self) -> list[BaseException]:
        servers = self._client.topology_description.server_descriptions().values()
        return [server.error for server in servers if server.error is not None]


def _fingerprint(raw: Raw) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for content in raw:
        digest.update(len(content).to_bytes(8))
        digest.update(content)
    return digest.hexdigest()


def _read_snapshot(raw: Raw, version: str) -> Snapshot:
    # One by one: in a single call for all of them no other thread could run, nor the loop.
    account, admins, permissions = (bson.decode_iter(content, _CODEC) for content in raw)
    return documents.read_snapshot(account, admins, permissions, version)


def _is_older(there: documents.Document, account: Account) -> bool:
    try:
        moment = there.get("updatedAt")
        return moment is None or documents.read_moment(moment) < account.updated_at
    except (ValueError, OverflowError):
        return True


async def _delete(collection: AsyncCollection[dict[str, Any]], key: str) -> None:
    await collection.delete_one({"_id": key})


async def _upsert(
    collection: AsyncCollection[dict[str, Any]], which: Mapping[str, Any], fields: Mapping[str, Any]
) -> None:
    try:
        await collection.update_one(which, {"$set": fields}, upsert=True)
    except DuplicateKeyError:
        # Another client has inserted it in this moment; now it can be updated.
        await collection.update_one(which, {"$set": fields}, upsert=True)
