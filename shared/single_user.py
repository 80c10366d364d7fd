"""Whether there is another user to whom a file could be open.

Owns the variable by which an operator says that no other user is on this machine, and what the mode
of a file lets others do.  Does not own what follows from that.  Called wherever a mode is judged:
`shared.exposure` and the readers of files with secrets.  Standard library only: every start and
every database file that is opened asks it.

A container has one user and often no say in its volumes: Kubernetes makes an `emptyDir` that all
users may write to, and gives all files of other volumes to a group (`fsGroup`) at each start.
"""

from __future__ import annotations

import os
import stat
from typing import Final

from meshvisor.shared.errors import SettingsError

VARIABLE: Final = "MESHVISOR_SINGLE_USER"
"""`1`: modes are not judged.  Not a setting: the file of the settings is judged by it."""

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def is_single_user() -> bool:
    """Say whether the operator vouches for it that this machine or container has no other users.

    Raises:
        SettingsError: the variable is neither 1 nor 0; a slip must not open anything.
    """
    value = os.environ.get(VARIABLE, "")
    if value not in ("", "0", "1"):
        raise SettingsError(
            f"{VARIABLE} is {value!r:.80}; allowed: 1 where nobody but Meshvisor's user is on the "
            "machine, as in most containers, else 0 or nothing"
        )
    return value == "1"


def for_others(mode: int) -> int:
    """Return the bits of a mode that let the group and others do something with a file.

    Args:
        mode: as stat(2) has it, with or without the type of the file.

    Returns none where there are no others.

    Raises:
        SettingsError: as for `is_single_user`.
    """
    bits = mode & _OTHERS
    return bits if bits and not is_single_user() else 0
