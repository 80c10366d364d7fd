"""Children for the tests of the zygote: entry points that do one thing each."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from meshvisor.worker.child.start import ChildStart


def report(start: ChildStart) -> int:
    """Tell the supervisor everything that a test wants to know, then wait for the end."""
    facts = {
        "name": start.name,
        "params": start.params,
        "pid": os.getpid(),
        "group": os.getpgrp(),
        "descriptors": len(os.listdir("/proc/self/fd")) - 1,
        "cwd": os.getcwd(),
        "title": Path("/proc/self/cmdline").read_text().rstrip("\0"),
    }
    start.stamp()
    print("on stdout", flush=True)
    print("on stderr", file=sys.stderr, flush=True)
    start.channel.sendall(json.dumps(facts).encode() + b"\n")
    return obey(start)


def obey(start: ChildStart) -> int:
    """Do what the channel says, until it closes."""
    while order := start.channel.recv(100):
        if order.startswith(b"exit "):
            return int(order[5:])
        if order == b"raise":
            raise RuntimeError("on purpose")
        if order == b"segfault":
            ctypes.string_at(0)
        if order == b"spin":
            start.channel.sendall(b"spinning")
            while True:
                pass
        if order == b"stop":
            start.channel.sendall(b"stopping")
            os.kill(os.getpid(), signal.SIGSTOP)
        if order == b"offspring":
            child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
            start.channel.sendall(str(child.pid).encode())
            time.sleep(3600)
    return 73
