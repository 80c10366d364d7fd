"""Archives: a line for each thing, appended."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Final

from meshvisor.features.cleanup.worker import archive

NOON: Final = 1_772_366_400.0


def test_append(tmp_path: Path) -> None:
    """Lines are appended to the file of the year, also behind one that a crash has cut off."""
    path = archive.append(tmp_path, "ended-jobs", [{"id": 1}, {"id": 2}], NOON)
    assert path == tmp_path / "archive" / "ended-jobs-2026.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open("a") as file:
        file.write('{"id": 3, "da')
    archive.append(tmp_path, "ended-jobs", [{"id": 3}], NOON)
    *lines, broken, last = path.read_text().splitlines()
    assert [json.loads(line)["id"] for line in (*lines, last)] == [1, 2, 3]
    assert broken == '{"id": 3, "da'
    assert json.loads(last)["archived_at"] == "2026-03-01T12:00:00+00:00"
    archive.append(tmp_path, "ended-jobs", [{"id": 4}], NOON + 366 * 86_400)
    assert (tmp_path / "archive" / "ended-jobs-2027.jsonl").exists()
