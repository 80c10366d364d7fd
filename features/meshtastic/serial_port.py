"""Opening a serial port as a radio wants it: 115,200 baud, eight bits, nothing translated.

The system's own calls are enough for that on Linux (docs/decisions/0150).
"""

from __future__ import annotations

import errno
import fcntl
import os
import termios
import tty
from typing import BinaryIO, Final

BAUD: Final = termios.B115200

_C_FLAG, _I_SPEED, _O_SPEED = 2, 4, 5


class BusyError(OSError):
    """Another program has opened the serial port."""


def open_port(device: str) -> BinaryIO:
    """Open a serial port for this process alone.

    Raises:
        BusyError: another program uses it.
        OSError: it cannot be opened, or is no serial port.
    """
    descriptor = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        # As other programs do that take a port for themselves.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        tty.setraw(descriptor)
        attributes = termios.tcgetattr(descriptor)
        attributes[_C_FLAG] |= termios.CLOCAL | termios.CREAD
        # Else boards that are wired so start anew each time the port is closed.
        attributes[_C_FLAG] &= ~termios.HUPCL
        attributes[_I_SPEED] = attributes[_O_SPEED] = BAUD
        termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
        fcntl.ioctl(descriptor, termios.TIOCEXCL)
        return os.fdopen(descriptor, "r+b", buffering=0)
    except BaseException as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            raise BusyError(errno.EBUSY, "in use") from None
        if isinstance(error, termios.error):
            raise OSError(errno.ENOTTY, "it is no serial port") from None
        raise
