"""docs/events.md lists every kind of event with all of its fields."""

from __future__ import annotations

import re
from pathlib import Path

from meshvisor.shared.events.kind import EventKind
from meshvisor.supervisor.events.service import all_kinds


def row(kind: EventKind) -> str:
    """Return the row of a kind in the table of the page."""
    data = "; ".join(f"`{name}`: {words}" for name, words in kind.data.items())
    days = "" if kind.keep_days is None else f"{kind.keep_days:g}"
    return f"| `{kind.name}` | {kind.meaning} | {kind.subject} | {data} | {days} |"


def test_every_kind_is_documented(project: Path) -> None:
    """Its row says what the source says; there is no other."""
    text = (project / "docs" / "events.md").read_text()
    rows = re.findall(r"^\| `[a-z]+\..*$", text, flags=re.MULTILINE)
    assert rows == [row(kind) for kind in all_kinds()]


def test_names_are_kinds_once() -> None:
    """Dotted, lower case, and of one feature each."""
    names = [kind.name for kind in all_kinds()]
    assert sorted(set(names)) == sorted(names)
    assert [n for n in names if not re.fullmatch(r"[a-z]+(\.[a-z_]+)+", n)] == []
    fields = {field for kind in all_kinds() for field in kind.data}
    assert [f for f in fields if not re.fullmatch(r"[a-z_]+", f) or f == "v"] == []
