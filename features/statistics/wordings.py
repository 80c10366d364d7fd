"""What the supervisor says about usage, by codes (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

NOT_RECORDED: Final = Wording(
    "statistics.not_recorded",
    "{count:,} events of usage were not recorded since the start: {path} took nothing while "
    "{most:,} sums waited; see the log for why",
)
