"""What is recorded of users, and the key of pseudonyms.

A pseudonym is a keyed hash of the id: the same one every day, so that active users can be counted,
and without the key it cannot be found out whose it is.  Removing the key makes all that there are
anonymous, and new ones begin.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from meshvisor.shared.errors import MissingError, SettingsError
from meshvisor.shared.folders import make_folder
from meshvisor.shared.home_files import open_file
from meshvisor.shared.paths import Home
from meshvisor.shared.single_user import for_others

KEY_SIZE: Final = 32
"""Bytes."""

DIGEST_SIZE: Final = 10
"""Bytes of a pseudonym: among a billion users two alike are unlikely."""

PREFIX: Final = "~"
"""Before a pseudonym; no id begins with it on the networks there are."""

MOST_KEPT: Final = 50_000
"""Pseudonyms that are remembered."""


class People:
    """Names under which users are recorded.

    Args:
        how: `ids`, `pseudonyms` or `nothing`.
        key: of the pseudonyms.
    """

    def __init__(self, how: str, key: bytes) -> None:
        self.how = how
        self._key = key
        self._known: dict[str, str] = {}

    def name(self, user: str) -> str:
        """Return what stands for a user; empty: nothing may be recorded."""
        if self.how == "ids" or not user:
            return user
        return self.pseudonym(user) if self.how == "pseudonyms" else ""

    def pseudonym(self, user: str) -> str:
        """Return the pseudonym of a user."""
        name = self._known.get(user)
        if name is None:
            data = user.encode("utf-8", "replace")
            digest = hashlib.blake2b(data, key=self._key, digest_size=DIGEST_SIZE)
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            name = self._known[user] = PREFIX + digest.hexdigest()
        return name


def key_file_of(home: Home) -> Path:
    """Return where the key of a home is."""
    return home.var / "statistics.key"


def names_for(home: Home, user: str) -> tuple[str, ...]:
    """Return the names under which a user may be recorded: the id, and its pseudonym.

    Args:
        home: whose key counts.
        user: an id, or a pseudonym.

    Raises:
        MeshvisorError: the key cannot be read.
    """
    key_file = key_file_of(home)
    if user.startswith(PREFIX) or not key_file.exists():
        return (user,)
    return user, People("pseudonyms", load_key(key_file)).pseudonym(user)


def load_key(path: Path) -> bytes:
    """Return the key; it is made where it is missing, with mode 0600.

    Raises:
        SettingsError: others may read it, or it is no key.
        MissingError: it cannot be read or made.
    """
    try:
        make_folder(path.parent)
        try:
            descriptor = open_file(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            return _read(path)
        with open(descriptor, "wb") as file:
            key = secrets.token_bytes(KEY_SIZE)
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        return key
    except OSError as error:
        raise MissingError(
            f"{path} cannot be used ({error.strerror}); let this user read it and write to its "
            "folder"
        ) from None


# Private


def _read(path: Path) -> bytes:
    with open(path, "rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if for_others(mode):
            raise SettingsError(
                f"{path} is the key of pseudonyms and others may use it (mode {mode:04o}): "
                f"chmod 600 {path}"
            )
        key = file.read(KEY_SIZE + 1)
    if len(key) != KEY_SIZE:
        raise SettingsError(
            f"{path} has {len(key)} bytes and is no key of {KEY_SIZE}; restore it from a backup, "
            "or remove it, and new pseudonyms begin"
        )
    return key
