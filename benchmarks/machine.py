"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil


@dataclass(frozen=True, slots=True)
class Machine:
    """Processor, memory, kernel and Python."""

    processor: str
    cores: int
    memory_gb: int
    kernel: str
    python: str

    @classmethod
    def this(cls) -> Self:
        """Return the machine that we run on."""
        return cls(
            processor=_processor(),
            cores=os.cpu_count() or 1,
            memory_gb=round(psutil.virtual_memory().total / 2**30),
            kernel=f"{platform.system()} {platform.release().split('-')[0]}",
            python=platform.python_version(),
        )

    def __str__(self) -> str:
        return (
            f"{self.processor}, {self.cores} cores, {self.memory_gb} GB, {self.kernel}, "
            f"Python {self.python}"
        )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()
