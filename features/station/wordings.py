"""What the supervisor says about users and their positions, by codes (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

DROPPED: Final = Wording(
    "station.dropped",
    "The database could not take all that was reported of users and positions; dropped since the "
    "start: {count}. The log says why.",
)
