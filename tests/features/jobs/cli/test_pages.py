"""Pages that are put together."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.features.jobs.cli.pages import gather


@pytest.mark.parametrize(
    ("limit", "expected", "more"),
    [(None, 2500, False), (2500, 2500, False), (7, 7, True), (1800, 1800, True)],
)
def test_as_many_as_wanted(limit: int | None, expected: int, more: bool) -> None:
    """Pages follow each other until there are enough entries or no more, however short they are."""

    def look_up(count: int, last: dict[str, Any] | None) -> dict[str, Any]:
        first = 0 if last is None else last["n"] + 1
        assert count <= 1000
        numbers = range(first, min(2500, first + min(count, 700)))
        return {"job_id": 1, "entries": [{"n": n} for n in numbers], "more": numbers[-1] < 2499}

    result = gather(look_up, "entries", limit)
    assert [entry["n"] for entry in result["entries"]] == list(range(expected))
    assert (result["more"], result["job_id"]) == (more, 1)
