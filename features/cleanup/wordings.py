"""What the supervisor says about cleaning up, by codes (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

ACTION: Final = Wording("cleanup.action", "Make a backup, and remove what was kept long enough.")
