"""Two copies of the bot's account, in the directory and in `config/credentials.json`: which counts.

Owns the decision, as a pure function.  Does not own reading or writing either copy
(`features.access.supervisor.directory.account_keeper`).
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from meshvisor.features.access.supervisor.directory.model import Account


class Decision(msgspec.Struct, frozen=True):
    """What to use and what to write."""

    account: Account | None
    """The one to use; None: neither side has one."""
    write_file: bool = False
    write_directory: bool = False
    is_conflict: bool = False
    """The copies differ and say that they are of the same moment: which one counts is unknown.
    The directory's is used and neither is touched."""


def decide(file: Account | None, directory: Account | None) -> Decision:
    """Say which copy counts: the newer one; a side that has none is filled."""
    if file is None or directory is None:
        account = file or directory
        return Decision(
            account,
            write_file=account is not None and file is None,
            write_directory=account is not None and directory is None,
        )
    if file.updated_at > directory.updated_at:
        return Decision(file, write_directory=True)
    if file.updated_at < directory.updated_at:
        return Decision(directory, write_file=True)
    return Decision(directory, is_conflict=file != directory)


def is_other_account(one: Account, other: Account) -> bool:
    """Say whether two copies differ in anything but their moment."""
    return replace(one, updated_at=other.updated_at) != other
