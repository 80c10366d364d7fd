"""Which features there are: one line for each.

Read by name by `shared.feature`; nothing else here or there names them.
"""

from __future__ import annotations

from typing import Final

FEATURES: Final = (
    "access",
    "blocklist",
    "program",
    "fleet",
    "watch_party",
    "irc",
    "matrix",
    "meshtastic",
    "playground",
    "jobs",
    "schedules",
    "notifications",
    "records",
    "operators",
    "console",
    "health",
    "cleanup",
    "reports",
    "background",
    "statistics",
    "station",
    "workflows",
)
