"""What workers do without: each has its own copy of whatever memory is touched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from importlib import import_module

from meshvisor.shared.feature import features
from meshvisor.shared.transports import built_in

for feature in features():
    for module in feature.children:
        import_module(module)
for kind in built_in().values():
    kind.load()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_what_no_child_loads(project: Path) -> None:
    """Settings, databases and web frameworks belong to the supervisor and the command line."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=project, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert loaded & {"pydantic", "pydantic_core", "sqlite3", "pymongo", "typer", "click"} == set()
    assert "msgspec" in loaded
