from __future__ import annotations

import re
from pathlib import Path

KEPT = ("broken", "unknown_message")

PACKAGES = ("console", "features", "supervisor", "worker", "shared")
EVENT = re.compile(r"""(?:"event": f?"|\bevent=")([a-z_.]+)(\{\w+\})?\"""")


def test_every_event_is_documented(project: Path) -> None:
    """Operators search for events by name, so docs/logging.md lists every one that is logged."""
    text = (project / "docs" / "logging.md").read_text()
    documented = set(re.findall(r"^\| `([a-z_.]+)` \| \w+ \|", text, flags=re.MULTILINE))
    logged = set()
    for package in PACKAGES:
        for path in (project / package).rglob("*.py"):
            for name, variable in EVENT.findall(path.read_text()):
                # A name that is put together is known by its first part.
                matching = {n for n in documented if variable and n.startswith(name)}
                logged |= matching or {name}
    # The keeper of children names them by what it keeps.
    logged |= {f"{kind}.{what}" for kind in ("worker", "runner") for what in KEPT}
    # Its record is made without `logging`.
    logged.add("logs.missing")
    # The example in a docstring.
    logged.discard("joined")
    assert sorted(logged - documented) == []
    assert sorted(documented - logged) == []
