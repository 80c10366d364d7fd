"""The kinds of events of reports (docs/events.md)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.events.notice import Notice

MADE: Final = EventKind(
    "report.made",
    "A report was made.",
    "the key of its record",
    {
        "kind": "`weekly` or `monthly`",
        "title": "what it is about, in words",
        "summary": "the most important figures, in a sentence",
        "page": "its page, below the home",
    },
    notice=Notice(
        title="The {kind} report: {title}",
        many="{count} reports were made",
        text="{summary} Its page: {page}",
        name="{title}",
        severity="info",
        is_alert=False,
    ),
)

KINDS: Final = (MADE,)
