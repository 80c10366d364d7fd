"""Code for plug-ins that reach for what is none of their business."""

from __future__ import annotations

from typing import Final

CHANNEL: Final = """
def channel():
    \"""Return the descriptor of the worker's channel to its supervisor.\"""
    for name in os.listdir("/proc/self/fd"):
        try:
            sock = socket.socket(fileno=os.dup(int(name)))
        except OSError:
            continue  # no socket
        with sock:
            if sock.family != socket.AF_UNIX:
                continue
            maker = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 4)
            # The only pair that the worker has not made itself.
            if int.from_bytes(maker, sys.byteorder) != os.getpid():
                return int(name)
"""
"""Defines `channel`."""
