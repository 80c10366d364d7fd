"""`meshvisor`, on a machine whose clock is set.

`python -m tests.faults.skewed FILE run ...`: FILE holds the seconds by which the wall clock is
wrong, and may be written at any time.  The monotonic clock, which cannot be set, is left alone.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from meshvisor.supervisor.cli.main import main


def skew(file: Path) -> None:
    """Make `time.time` of this process wrong by what stands in a file."""
    right = time.time

    def wrong() -> float:
        return right() + float(file.read_text())

    time.time = wrong


if __name__ == "__main__":
    skew(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
