"""What the directory held when its server was last seen: `var/directory-cache.json`.

Owns the file.  Only a directory on a server has one: with it the fleet starts even while the
server is away.  Holds no secrets; the account has `config/credentials.json`.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from meshvisor.features.access.supervisor.directory.model import Admin, Permission, Snapshot
from meshvisor.shared.files import write_atomically
from meshvisor.shared.home_files import read_file, unreadable

LARGEST: Final = 256 * 1024 * 1024
"""Bytes that are read; a directory of that size is larger than any that is used."""

log = logging.getLogger(__name__)


class _Contents(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)

    place: str
    saved_at: datetime
    admins: tuple[Admin, ...]
    """Of the platform: an older program takes all here for such."""
    admins_elsewhere: tuple[Admin, ...] = ()
    permissions: tuple[Permission, ...]
    permissions_elsewhere: tuple[Permission, ...] = ()


class DirectoryCache:
    """The file of one home.

    Args:
        path: the file.
        place: which database it is about; what another one held is of no use.
    """

    def __init__(self, path: Path, place: str) -> None:
        self._path = path
        self._place = place

    def load(self) -> tuple[Snapshot, datetime] | None:
        """Return what was held and when; None: nothing is known, or nothing usable.

        Raises:
            MissingError: it is there and cannot be read.
        """
        try:
            contents = _Contents.model_validate_json(read_file(self._path, LARGEST).data)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(self._path, error) from error
        except ValidationError as error:
            log.warning(
                "%s cannot be used and is ignored: %s",
                self._path,
                type(error).__name__,
                extra={"event": "directory.cache"},
            )
            return None
        if contents.place != self._place:
            return None
        found = Snapshot(
            admins=(*contents.admins, *contents.admins_elsewhere),
            permissions=(*contents.permissions, *contents.permissions_elsewhere),
        )
        return found, contents.saved_at

    def save(self, snapshot: Snapshot, now: datetime) -> None:
        """Replace the file; a disk that is full is reported and blocks nothing."""
        contents = _Contents(
            place=self._place,
            saved_at=now,
            admins=tuple(one for one in snapshot.admins if not one.realm),
            admins_elsewhere=tuple(one for one in snapshot.admins if one.realm),
            permissions=tuple(one for one in snapshot.permissions if not one.realm),
            permissions_elsewhere=tuple(one for one in snapshot.permissions if one.realm),
        )
        try:
            write_atomically(self._path, contents.model_dump_json(indent=1).encode())
        except OSError as error:
            log.warning(
                "%s cannot be written (%s); a start without the database would know only what "
                "it held before",
                self._path,
                error.strerror or error,
                extra={"event": "directory.cache"},
            )
