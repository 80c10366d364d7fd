"""What reports say of themselves, by codes (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

NOTHING: Final = Wording("reports.nothing", "{title}: nothing is recorded.")
USAGE: Final = Wording(
    "reports.usage", "{title}: {messages} messages; of meshes and jobs nothing is recorded."
)
NO_UPTIME: Final = Wording("reports.no_uptime", "uptime is not recorded")
UPTIME: Final = Wording("reports.uptime", "{percent} % uptime")
SUMMARY: Final = Wording(
    "reports.summary",
    "{title}: {uptime}, {restarts} restarts, {commands} commands, {done} jobs done and {failed} "
    "failed.",
)
WEEKLY: Final = Wording("reports.weekly", "Make the report about the last seven days.")
MONTHLY: Final = Wording(
    "reports.monthly", "Make the report about the last month, beside those before."
)
UNTIL: Final = Wording(
    "reports.until", "The day up to which it reports, such as 2026-12-01; left out: today"
)
