"""What the supervisor says about the playground, by codes (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

NOT_STARTED: Final = Wording("playground.not_started", "the playground cannot be started: {why}")
