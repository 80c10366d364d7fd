"""What is said about background commands, each sentence by its code (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

NO_COMMAND: Final = Wording(
    "background.unknown",
    "there is no background command {name!r} in {folder}{log}; {hint}",
)
NOT_RUNNING: Final = Wording(
    "background.not_running",
    "the background command {name} does not run: it {outcome}",
)
FOREIGN: Final = Wording(
    "background.foreign",
    "the process of {name} (PID {pid}) belongs to another user; cancel it as that user",
)
