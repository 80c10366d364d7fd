"""The bot's account from `config/credentials.json`.

Owns reading the file and its stand-in when there is none: the playground needs no account, only
a peer id that stays the same, so that the bot is the same person after a restart.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from shared.errors import MissingError, SettingsError
from shared.paths import Home
from shared.protocol.to_worker import Credentials


class CredentialsFile(BaseModel):
    """The fields that are used of the file; others are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    peer_id: str = Field(alias="peerId", min_length=1)
    auth_token: SecretStr = Field(SecretStr(""), alias="authToken")
    device_id: str = Field("", alias="deviceId")


def load_credentials(home: Home) -> CredentialsFile:
    """Return the account, or one made up for this home when there is no file.

    Raises:
        SettingsError: the file is not what it should be, or others may read it.
        MissingError: it is there and cannot be read.
    """
    path = home.credentials_file
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text()
    except FileNotFoundError:
        return made_up(home)
    except OSError as error:
        raise MissingError(f"{path} cannot be read: {error.strerror}") from error
    if mode & 0o077:
        raise SettingsError(
            f"{path} holds secrets and others may read it (mode {mode:04o}): chmod 600 {path}"
        )
    try:
        return CredentialsFile.model_validate(json.loads(text))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"{path}: {where}: {first['msg']}; correct or remove it") from None
    except ValueError as error:
        raise SettingsError(f"{path} is not JSON ({error}); correct or remove it") from None


def made_up(home: Home) -> CredentialsFile:
    """Return an account without a token that is the same for this home at every start."""
    seed = f"{socket.gethostname()}:{home.root}:{os.getuid()}"
    device = hashlib.sha256(seed.encode()).hexdigest()[:12]
    return CredentialsFile(peerId=f"meshvisor_{device}", authToken=SecretStr(""), deviceId=device)


def for_workers(account: CredentialsFile) -> Credentials:
    """Return what workers are given of the account."""
    token = account.auth_token.get_secret_value()
    # Platforms hand the token out with a leading `r:` that their servers do not want back.
    return Credentials(peer_id=account.peer_id, auth_token=SecretStr(token.removeprefix("r:")))
