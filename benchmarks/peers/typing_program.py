"""A mesh as a program that types by itself, and notes when it was answered.

    python typing_program.py FOLDER RATE

It says `?ping` RATE times a second, from two seconds after it has joined until it is asked to
leave, and appends to FOLDER/<mesh id>: `joined NANOSECONDS PID` and `answered MILLISECONDS`, by the
kernel's monotonic clock.  Standard library only, so that the program itself costs little.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from pathlib import Path
from typing import Any

SETTLE = 2.0


def say(message: dict[str, Any]) -> None:
    """Write one line."""
    os.write(1, json.dumps(message).encode() + b"\n")


def main(folder: str, rate: float) -> None:
    """Join, type, and leave."""
    with os.fdopen(0, "rb", buffering=0, closefd=False) as start:
        join = json.loads(start.readline())
    notes = os.open(Path(folder) / join["mesh_id"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    say({"type": "joined", "self": {"id": "bot", "name": "bot"}, "traits": {"replies": True}})
    os.write(notes, f"joined {time.monotonic_ns()} {os.getpid()}\n".encode())
    # Not all programs in step.
    due = time.monotonic() + SETTLE + (os.getpid() % 100) / 100 / rate
    asked: dict[str, int] = {}
    number, rest = 0, b""
    while True:
        wait = max(0.0, due - time.monotonic())
        if select.select([0], [], [], wait)[0]:
            data = os.read(0, 65536)
            now = time.monotonic_ns()
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                message = json.loads(line)
                if message["type"] == "leave":
                    return
                if message["type"] == "say":
                    began = asked.pop(message.get("reply_to") or "", None)
                    if began is not None:
                        os.write(notes, f"answered {(now - began) / 1e6}\n".encode())
                    say({"type": "sent", "id": message["id"]})
        if time.monotonic() >= due:
            due += 1 / rate
            number += 1
            asked[f"m{number}"] = time.monotonic_ns()
            user = {"id": f"u{number % 50}", "name": "ann"}
            say({"type": "message", "id": f"m{number}", "user": user, "text": "?ping"})


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
