"""People in every room who keep typing one command, and what they were answered."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Final

from benchmarks.errors import BenchmarkError
from benchmarks.places import CHAT_DRIVER
from benchmarks.trial import Trial

DRIVER_MARGIN: Final = 30.0
"""Seconds that the driver may take beyond its own duration."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What people got; every command was answered."""

    latencies_ms: list[float]
    """From a command to its reply."""
    refused: int
    """Replies that only said that the command is for admins."""


def ask(running: Trial, command: str, *, rate: int, seconds: float) -> Answers:
    """Let a person in each room type a command again and again.

    Args:
        running: the fleet.
        command: with its prefix.
        rate: commands per second in each room.
        seconds: how long they type.

    Raises:
        BenchmarkError: not every command was answered.
    """
    numbers = [str(rate), str(seconds)]
    argv = ["node", str(CHAT_DRIVER), running.server.url, command, *numbers, *running.rooms]
    try:
        done = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            timeout=seconds + DRIVER_MARGIN,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise BenchmarkError(f"the chat driver failed: {error}") from error
    result = json.loads(done.stdout)
    if result["answered"] < result["sent"]:
        missing = result["sent"] - result["answered"]
        raise BenchmarkError(f"{missing} of {result['sent']} commands were not answered")
    return Answers(result["latencies_ms"], result["refused"])
