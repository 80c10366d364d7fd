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
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from shared.errors import MissingError, SettingsError
from shared.files import write_atomically
from shared.paths import Home
from supervisor.directory.model import NO_SECRET, Account, from_epoch, to_millisecond

LARGEST: Final = 1024 * 1024
"""Bytes that are read; an account needs less than a thousandth of it."""

Signature: TypeAlias = tuple[int, int, int, int]
GONE: Final[Signature] = (0, 0, 0, 0)


class CorruptFileError(SettingsError):
    """The file cannot be understood; it is kept as it is until somebody has mended it."""


class LooseModeError(SettingsError):
    """Others than its owner may read the file."""


def _text(value: object) -> object:
    # Ids are numbers on some platforms and texts on others; here they are texts.
    return str(value) if type(value) is int else "" if value is None else value


_Text = Annotated[str, BeforeValidator(_text)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore")

    email: _Text = ""
    device_id: _Text = Field("", alias="deviceId")
    ssaid: _Text = ""
    parse_id: _Text = Field("", alias="parseId")
    parse_token: SecretStr | None = Field(None, alias="parseToken")
    auth_token: SecretStr | None = Field(None, alias="authToken")
    user_id: _Text = Field("", alias="userId")
    peer_id: _Text = Field("", alias="peerId")
    updated_at: datetime | None = Field(None, alias="updatedAt")


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
            MissingError: it is there and cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                data = file.read(LARGEST + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MissingError(f"{self.path} cannot be read: {error.strerror}") from error
        mode = stat.S_IMODE(status.st_mode)
        if mode & 0o077:
            raise LooseModeError(
                f"{self.path} holds secrets and others may read it (mode {mode:04o}): "
                f"chmod 600 {self.path}"
            )
        return self._parse(data, status.st_mtime)

    def write(self, account: Account) -> None:
        """Replace the account; fields of the file that mean nothing to us stay.

        Raises:
            OSError: it cannot be written; the old file is untouched.
        """
        fields = self._fields() | _document(account)
        # A link leads to where its owner wants the file; replacing the link would cut it.
        path = Path(os.path.realpath(self.path))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, (json.dumps(fields, indent=2) + "\n").encode())

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
        try:
            if len(data) > LARGEST:
                raise ValueError(f"it is larger than {LARGEST} bytes")
            document = _Document.model_validate(json.loads(data))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise self._corrupt(f"{where}: {first['msg']}") from None
        except (ValueError, RecursionError) as error:
            # Not the decoder's own words: some quote what they could not read.
            place = f" after line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
            raise self._corrupt(f"it is no JSON{place}") from None
        peer_id = document.peer_id
        if not peer_id and document.user_id and document.device_id:
            peer_id = f"{document.user_id}_{document.device_id}"
        if not peer_id.strip():
            raise self._corrupt("it needs peerId, or userId and deviceId")
        return Account(
            peer_id=peer_id,
            updated_at=_moment(document.updated_at, changed_at),
            email=document.email,
            device_id=document.device_id,
            ssaid=document.ssaid,
            parse_id=document.parse_id,
            parse_token=_token(document.parse_token),
            auth_token=_token(document.auth_token),
            user_id=document.user_id,
        )

    def _corrupt(self, why: str) -> CorruptFileError:
        return CorruptFileError(f"{self.path} cannot be used: {why}; correct or remove it")

    def _fields(self) -> dict[str, Any]:
        try:
            fields = json.loads(self.path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return fields if isinstance(fields, dict) else {}


def made_up(home: Home) -> Account:
    """Return an account without a token that is the same for this home at every start.

    Platforms that ask for no account, such as the playground, see the same person every time.
    """
    seed = f"{socket.gethostname()}:{home.root}:{os.getuid()}"
    device = hashlib.sha256(seed.encode()).hexdigest()[:12]
    return Account(
        peer_id=f"meshvisor_{device}",
        updated_at=from_epoch(0),
        device_id=device,
        user_id="meshvisor",
    )


def _document(account: Account) -> dict[str, Any]:
    user_id = account.user_id
    return {
        "email": account.email,
        "deviceId": account.device_id,
        "ssaid": account.ssaid,
        "parseId": account.parse_id,
        "parseToken": account.parse_token.get_secret_value(),
        "authToken": account.auth_token.get_secret_value(),
        "userId": int(user_id) if is_number(user_id) else user_id,
        "peerId": account.peer_id,
        "updatedAt": account.updated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def is_number(user_id: str) -> bool:
    """Say whether a user id is written like a number, and comes back from one as it was."""
    return user_id.isascii() and user_id.isdecimal() and (user_id[0] != "0" or user_id == "0")


def _moment(written: datetime | None, changed_at: float) -> datetime:
    if written is None:
        return from_epoch(changed_at)
    # One without an offset is UTC, as databases write it.
    return to_millisecond(written if written.tzinfo else written.replace(tzinfo=UTC))


def _token(token: SecretStr | None) -> SecretStr:
    # Platforms hand tokens out with a leading `r:` that their servers do not want back.
    return SecretStr(token.get_secret_value().removeprefix("r:")) if token else NO_SECRET
