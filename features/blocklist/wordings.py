"""What the supervisor says about the blocklist and its file, by codes (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

DAMAGED: Final = Wording(
    "blocklist.damaged",
    "{path} is damaged and will be kept aside: {why}; entries that could be saved: {count}",
)
UNREADABLE_ENTRY: Final = Wording(
    "blocklist.unreadable_entry",
    "{path}: {why}; a mesh whose entry cannot be read stays blocked: correct the entry, or: "
    "meshvisor blocklist unblock MESH",
)
NOT_WRITTEN: Final = Wording(
    "blocklist.not_written",
    "{path} cannot be written: {why}; the blocks hold, but a restart would forget the newest; it "
    "is tried again",
)
