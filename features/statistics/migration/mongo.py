"""Events of usage in MongoDB: one collection for each month, with texts in place of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from pydantic import SecretStr
from pymongo import MongoClient
from pymongo.errors import BulkWriteError, PyMongoError

from meshvisor.features.statistics.aggregation.elsewhere import EventElsewhere
from meshvisor.features.statistics.model.kinds import SYNTHETIC
from meshvisor.features.statistics.store.partitions import table_of
from meshvisor.shared.errors import MeshvisorError

TIMEOUT: Final = 15_000
"""Milliseconds that a server is waited for."""

DUPLICATE: Final = 11000
"""Code of a document that is there already."""

READ_AT_ONCE: Final = 10_000
"""Documents of a message, some 1 MB."""

Document = Mapping[str, Any]


class Server(Protocol):
    """Which server, and which database there."""

    @property
    def uri(self) -> SecretStr:
        """Its address."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Of the driver; they win over those of the address."""

    @property
    def database(self) -> str:
        """The one there."""


class MongoEvents:
    """The events of a server.

    Args:
        config: where they are.
    """

    def __init__(self, config: Server) -> None:
        options: dict[str, Any] = {
            "serverSelectionTimeoutMS": TIMEOUT,
            "appname": "meshvisor",
            **config.options,
        }
        self._client: MongoClient[dict[str, Any]] = MongoClient(
            config.uri.get_secret_value(), **options
        )
        self._database = self._client[config.database]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def months(self) -> list[str]:
        """Return the months of which there is a collection."""
        with _explained():
            names = self._database.list_collection_names()
        found = [name.removeprefix("usage_").replace("_", "-") for name in names]
        return sorted(m for m, name in zip(found, names, strict=True) if name == table_of(m))

    def insert(self, month: str, documents: Sequence[Document]) -> int:
        """Store documents, except those that are there; return how many were new."""
        with _explained():
            try:
                found = self._of(month).insert_many(map(dict, documents), ordered=False)
            except BulkWriteError as error:
                details = error.details or {}
                problems = details.get("writeErrors", [])
                if any(problem.get("code") != DUPLICATE for problem in problems):
                    raise
                return int(details.get("nInserted", 0))
        return len(found.inserted_ids)

    def find(self, month: str, ids: Sequence[int]) -> list[dict[str, Any]]:
        """Return those of some documents that are there."""
        with _explained():
            return list(self._of(month).find({"_id": {"$in": list(ids)}}))

    def read_behind(
        self, month: str, number: int, kinds: Sequence[int], limit: int
    ) -> list[dict[str, Any]]:
        """Return documents of some kinds with greater numbers than one, in order."""
        wanted = {"_id": {"$gt": number}, "kind": {"$in": list(kinds)}}
        with _explained():
            return list(self._of(month).find(wanted).sort("_id", 1).limit(limit))

    def read_hours(
        self, month: str, kinds: Sequence[int], hours: Sequence[int], meshes: Sequence[str]
    ) -> Iterator[EventElsewhere]:
        """Yield the events of some neighbouring hours; `aggregation.elsewhere`."""
        wanted: dict[str, Any] = {
            "hour": {"$gte": hours[0], "$lte": hours[-1]},
            "kind": {"$in": list(kinds)},
        }
        if meshes:
            wanted["mesh"] = {"$in": list(meshes)}
        with _explained():
            self.index(month)
            for one in self._of(month).find(wanted).batch_size(READ_AT_ONCE):
                yield EventElsewhere(
                    one["_id"],
                    one["hour"],
                    one["mesh"],
                    one["user"],
                    one["kind"],
                    one["name"],
                    one["count"],
                )

    def hours(self, month: str, kinds: Sequence[int]) -> list[int]:
        """Return the hours of which there are events; `aggregation.elsewhere`."""
        with _explained():
            return list(self._of(month).distinct("hour", {"kind": {"$in": list(kinds)}}))

    def index(self, month: str) -> None:
        """Have the hours of a month found without reading all of it."""
        with _explained():
            self._of(month).create_index("hour")

    def mesh_users(self, month: str) -> Iterator[tuple[str, str, int, int]]:
        """Yield mesh, user, hour and kind of what was recorded and not made for trying out."""
        wanted = {"user": {"$ne": ""}, "synthetic": {"$ne": SYNTHETIC}}
        shown = {"_id": 0, "mesh": 1, "user": 1, "hour": 1, "kind": 1}
        with _explained():
            for one in self._of(month).find(wanted, shown).batch_size(READ_AT_ONCE):
                yield one["mesh"], one["user"], one["hour"], one["kind"]

    def synthetic_hours(self, month: str) -> list[int]:
        """Return the hours in which there is something that was made for trying out."""
        with _explained():
            return list(self._of(month).distinct("hour", {"synthetic": SYNTHETIC}))

    def remove_synthetic(self, month: str) -> int:
        """Remove what was made for trying out; return how much there was."""
        with _explained():
            found = self._of(month).delete_many({"synthetic": SYNTHETIC})
        return int(found.deleted_count)

    def count(self, month: str, kinds: Sequence[int]) -> int:
        """Return how many documents of some kinds there are."""
        with _explained():
            return int(self._of(month).count_documents({"kind": {"$in": list(kinds)}}))

    def delete(self, month: str, kinds: Sequence[int]) -> None:
        """Remove documents of some kinds; a collection without any goes.

        Raises:
            MeshvisorError: the server does not do it, or says so and it is not true.
        """
        wanted = {"kind": {"$in": list(kinds)}}
        with _explained():
            collection = self._of(month)
            if collection.count_documents({}) == collection.count_documents(wanted):
                collection.drop()
                return
            for kind in kinds:  # with `$in` some servers leave a few
                collection.delete_many({"kind": int(kind)})
            if collection.count_documents(wanted):
                raise MeshvisorError(f"MongoDB does not remove the events of {month}; try it there")

    def drop(self, month: str) -> None:
        """Remove all of a month; one that is not there is fine."""
        with _explained():
            self._of(month).drop()

    def forget(self, names: Sequence[str]) -> int:
        """Take a user out of all months; return how many events there were."""
        changed = 0
        for month in self.months():
            with _explained():
                found = self._of(month).update_many(
                    {"user": {"$in": list(names)}}, {"$set": {"user": ""}}
                )
            changed += found.modified_count
        return changed

    # Private

    def _of(self, month: str) -> Any:
        return self._database[table_of(month)]


# Private


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        said = str(error).partition("\n")[0]
        for rest in (", Timeout:", " (configured timeouts:"):
            said = said.partition(rest)[0]
        said = said[:300]
        raise MeshvisorError(
            f"MongoDB does not do what is asked ({said}); when it does again, start the same "
            "command, and it goes on where it was"
        ) from None
