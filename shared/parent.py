"""A program that ends with the process that has started it, however that ends.

For programs that the supervisor executes: they have no lifeline of the zygote's children
(`shared.lifeline`).
"""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
"""From `linux/prctl.h`."""


def die_with_parent(parent: int) -> bool:
    """Have the kernel end this process with its parent; return False when that is gone already.

    SIGKILL, since nothing is worth a farewell then, and one that is stopped must end, too.

    Args:
        parent: the PID that the parent has, or had.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent
