"""What the supervisor says of the console's process, by codes (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

NOT_STARTED: Final = Wording("console.not_started", "the console cannot be started: {why}")
STARTED_AGAIN: Final = Wording("console.started_again", "the console is started again: {why}")
NOT_UP: Final = Wording("console.not_up", "it does not come up; the log lines of [console] say why")
