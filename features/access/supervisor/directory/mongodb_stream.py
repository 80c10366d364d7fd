"""A change stream of MongoDB that can be left at any moment.

Owns one stream from opening to closing.  Does not own what follows from a change
(`features.access.supervisor.directory.mongodb`, its only caller).

The driver answers the cancellation of a stream's `try_next` by telling the server to end the
cursor, and waits for that: a frozen server would hold up a stop.  Therefore it is asked in a task
of its own, which is not waited for when it has to be given up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

import pymongo
from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure, PyMongoError

Document = dict[str, Any]


class Watch:
    """An open stream of the changes of some collections."""

    def __init__(self, stream: AsyncChangeStream[Document], wait: float, patience: float) -> None:
        self._stream = stream
        self._wait = wait
        self._patience = patience
        self._asking: asyncio.Task[object] | None = None

    @classmethod
    async def open(
        cls,
        database: AsyncDatabase[Document],
        collections: Iterable[str],
        *,
        wait: float,
        timeout: float,
    ) -> Watch:
        """Open a stream.

        Args:
            database: where the collections are.
            collections: their names.
            wait: seconds that the server may hold its answer back while nothing changes.
            timeout: seconds beyond `wait` after which a server that does not answer is given up.

        Raises:
            OperationFailure: the server has no streams, or does not give us one.
            PyMongoError: it cannot be reached.
        """
        ours = [{"$match": {"ns.coll": {"$in": list(collections)}}}]
        stream = await database.watch(ours, max_await_time_ms=int(wait * 1000))
        return cls(stream, wait, wait + timeout)

    async def tells(self) -> bool:
        """Return True after a change, or when the stream cannot tell any more; else False.

        Returns after `wait` seconds at the latest.

        Raises:
            TimeoutError, PyMongoError: the server does not answer.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._asking = asyncio.create_task(self._ask(), name="directory: change stream")
        done, _ = await asyncio.wait({self._asking}, timeout=self._patience)
        if not done:
            raise TimeoutError
        try:
            has_news = self._asking.result() is not None or not self._stream.alive
        except OperationFailure:
            # Its place in the server's history is gone: anything may have happened.
            return True
        if not has_news:
            # A server that does not hold its answer back must not be asked without a pause.
            await asyncio.sleep(max(0.0, began + self._wait - loop.time()))
        return has_news

    async def leave(self) -> None:
        """Let go of the stream; ends when the server has answered or the client is closed."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})
            if not self._asking.cancelled():
                # Fetched, or the loop complains that the error was never retrieved.
                self._asking.exception()
        with contextlib.suppress(PyMongoError, OSError), pymongo.timeout(self._patience):
            await self._stream.close()

    async def _ask(self) -> object:
        # A limit of the driver beside ours: its last words to the server end then, too.
        with pymongo.timeout(self._patience):
            return await self._stream.try_next()
