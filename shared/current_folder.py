"""The folder that a command was given in, which may be gone.

Owns the one sentence about that.  Standard library only, and little of it: `status` loads this.
"""

from __future__ import annotations

import os

from meshvisor.shared.errors import MissingError


def absolute(path: str | os.PathLike[str]) -> str:
    """Return a path as seen from the root.

    Raises:
        MissingError: it is relative to a current folder that has been removed.
    """
    try:
        return os.path.abspath(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise MissingError(
            f"the current folder cannot be used ({reason}): it was removed or replaced; go to "
            "another one with cd, or name an absolute one with --home"
        ) from None
