"""`config/credentials.json`: the copy of the bot's account that is there without any database.

Owns the file's format, its mode, and that it is never seen half written or overwritten when it
cannot be read.  Does not own which copy of the account counts (`sync`, `account_keeper`).

    {"email": "bot@example.com", "deviceId": "abc123", "ssaid": "xyz789",
     "parseId": "id123", "parseToken": "token456", "authToken": "auth789",
     "userId": 12345, "peerId": "12345_abc123", "updatedAt": "2024-01-08T10:00:00.000Z"}

People edit it: only `peerId` is needed, or `userId` and `deviceId`, of which it is made.  Without
`updatedAt` the moment counts at which the file was changed.  Other fields are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

from meshvisor.features.access.supervisor.directory.documents import (
    DocumentError,
    account_document,
    read_account,
)
from meshvisor.features.access.supervisor.directory.model import Account, from_epoch
from meshvisor.shared.errors import SettingsError
from meshvisor.shared.files import Replacement, prepare, remove_leftovers
from meshvisor.shared.folders import make_folder
from meshvisor.shared.home_files import read_file, unreadable
from meshvisor.shared.paths import Home
from meshvisor.shared.single_user import for_others

LARGEST: Final = 1024 * 1024
"""Bytes that are read; an account needs less than a thousandth of it."""

Signature: TypeAlias = tuple[int, int, int, int]
GONE: Final[Signature] = (0, 0, 0, 0)


class CorruptFileError(SettingsError):
    """The file cannot be understood; it is kept as it is until an operator has mended it."""


class LooseModeError(SettingsError):
    """Others than its owner may read the file."""


class CredentialsFile:
    """The file of one home.  Every method waits for the disk, for a moment."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def signature(self) -> Signature:
        """Return what changes whenever the file does; `GONE` when there is none."""
        try:
            status = os.stat(self.path)
        except OSError:
            return GONE
        return (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)

    def read(self) -> Account | None:
        """Return the account; None: there is no file.

        Raises:
            LooseModeError: others may read it.
            CorruptFileError: it is not what it should be.
            MissingError: it is there and cannot be read, or is no file.
        """
        try:
            data, status = read_file(self.path, LARGEST)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(self.path, error) from error
        mode = stat.S_IMODE(status.st_mode)
        if for_others(mode):
            raise LooseModeError(
                f"{self.path} holds secrets and others may read it (mode {mode:04o}): "
                f"chmod 600 {self.path}"
            )
        return self._parse(data, status.st_mtime)

    def write(self, account: Account) -> None:
        """Replace the account; fields of the file that mean nothing to us stay.

        Raises:
            OSError: it cannot be written, or not be read before; the old file is untouched.
        """
        self.prepare(account).put()

    def prepare(self, account: Account) -> Replacement:
        """Write the account beside the file, which it replaces with `Replacement.put`.

        Raises:
            OSError: as `write`.
        """
        fields = self._fields() | write_fields(account)
        # A link leads to where its owner wants the file; replacing the link would cut it.
        path = Path(os.path.realpath(self.path))
        make_folder(path.parent)
        return prepare(path, (json.dumps(fields, indent=2) + "\n").encode())

    def remove_leftovers(self) -> None:
        """Remove what a program that was killed while it wrote the file has left beside it."""
        remove_leftovers(Path(os.path.realpath(self.path)))

    def keep_aside(self, why: str, now: float) -> Path:
        """Give the file another name, `credentials.json.<why>-<time>`, and return it.

        Raises:
            OSError: it cannot be renamed.
        """
        moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
        aside = self.path.with_name(f"{self.path.name}.{why}-{moment}")
        number = 1
        while aside.exists():
            number += 1
            aside = self.path.with_name(f"{self.path.name}.{why}-{moment}-{number}")
        os.rename(self.path, aside)
        return aside

    # Private

    def _parse(self, data: bytes, changed_at: float) -> Account:
        if len(data) > LARGEST:
            raise self._corrupt(f"it is larger than {LARGEST} bytes")
        try:
            fields = json.loads(data)
        except (ValueError, RecursionError) as error:
            # Not the decoder's own words: some quote what they could not read.
            place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
            raise self._corrupt(f"it is no JSON{place}") from None
        if not isinstance(fields, dict):
            raise self._corrupt("it must hold one object")
        if not fields.get("updatedAt"):
            fields["updatedAt"] = changed_at * 1000
        try:
            return read_fields(fields)
        except DocumentError as error:
            raise self._corrupt(str(error)) from None

    def _corrupt(self, why: str) -> CorruptFileError:
        return CorruptFileError(f"{self.path} cannot be used: {why}; correct or remove it")

    def _fields(self) -> dict[str, Any]:
        try:
            fields = json.loads(read_file(self.path, LARGEST).data)
        except (FileNotFoundError, ValueError, RecursionError):
            return {}
        return fields if isinstance(fields, dict) else {}


def made_up(home: Home) -> Account:
    """Return an account without a token that is the same for this home at every start.

    Platforms that ask for no account, such as the playground, see the same person every time.
    """
    seed = f"{socket.gethostname()}:{home.root}:{os.getuid()}"
    # The name of a folder is bytes, which need not be text in any encoding.
    device = hashlib.sha256(os.fsencode(seed)).hexdigest()[:12]
    return Account(
        peer_id=f"meshvisor_{device}",
        updated_at=from_epoch(0),
        device_id=device,
        user_id="meshvisor",
    )


def read_fields(fields: Mapping[str, Any]) -> Account:
    """Return the account in the fields of such a file.

    Raises:
        DocumentError: it is none.
    """
    peer_id, user_id, device_id = (fields.get(n) for n in ("peerId", "userId", "deviceId"))
    if not peer_id and user_id and device_id:
        fields = {**fields, "peerId": f"{user_id}_{device_id}"}
    account = read_account(fields)
    try:
        json.dumps(write_fields(account), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # JSON can quote half a character, which no database takes.
        raise DocumentError("a text has half a character in it; allowed: whole ones") from None
    return account


def write_fields(account: Account) -> dict[str, Any]:
    """Return an account as the fields of such a file."""
    moment = account.updated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {**account_document(account), "updatedAt": moment}
