"""Whether the kernel's out-of-memory killer has struck.

The kernel does not report whom it killed and why, but counts: per control group in
`memory.events`, and for the whole machine in `/proc/vmstat`.  A SIGKILL that the supervisor did not
send, at a moment when the count rose, came from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_VMSTAT: Final = Path("/proc/vmstat")
_CGROUPS: Final = Path("/sys/fs/cgroup")


class KillCounter:
    """Reads the kernel's count and remembers the last reading."""

    def __init__(self) -> None:
        self._source = _source()
        self._last = self._read()

    def rose(self) -> bool:
        """Say whether there were kills since the last call; False where it cannot be known."""
        before, self._last = self._last, self._read()
        return self._last > before

    def _read(self) -> int:
        try:
            text = self._source.read_text()
        except OSError:
            return 0
        for line in text.splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
        return 0


def _source() -> Path:
    """Return the file of this process's own control group, else that of the machine."""
    try:
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            number, _, path = line.partition("::")
            if number == "0":
                events = _CGROUPS / path.lstrip("/") / "memory.events"
                if events.exists():
                    return events
    except OSError:
        pass
    return _VMSTAT
