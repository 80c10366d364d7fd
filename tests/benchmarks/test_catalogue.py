from __future__ import annotations

import pytest

from benchmarks.contenders.catalogue import all_contenders
from benchmarks.rows.catalogue import all_rows
from benchmarks.scale import FULL, LONG, QUICK, Scale


@pytest.mark.parametrize("scale", [FULL, LONG, QUICK])
def test_every_line_is_unique(scale: Scale) -> None:
    """Rows and lines are distinct by key and by title at every scale."""
    rows = all_rows(scale)
    lines = [line for row in rows for line in row.lines()]
    assert len({row.key for row in rows}) == len(rows)
    assert len({line.key for line in lines}) == len(lines)
    assert len({line.title for line in lines}) == len(lines)


def test_ours_is_measured_in_every_row() -> None:
    """The first column is ours, and no row leaves it out."""
    ours = all_contenders()[0]
    assert ours.key == "meshvisor"
    assert all(row.runs(ours) != 0 for row in all_rows(FULL))
