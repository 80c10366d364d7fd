from __future__ import annotations

import json
from datetime import UTC, datetime

from benchmarks.machine import Machine
from benchmarks.report import as_markdown
from benchmarks.results import Results, as_text
from benchmarks.rows.row import Line

LINE = Line("start", "started", "s", target=0.5)


def results(*measured: tuple[str, list[float | None]]) -> Results:
    """Return the results of one line."""
    machine = Machine("Some CPU", 2, 8, "Linux 6", "3.11")
    contenders = {"meshvisor": "Meshvisor 1", "pm2": "PM2 7", "circus": "circus 0"}
    made = Results(machine, datetime(2026, 11, 1, tzinfo=UTC), contenders, [LINE])
    for contender, samples in measured:
        made.add(LINE.key, contender, samples)
    return made


def test_the_ratio_is_to_the_best_peer() -> None:
    """A peer that never got there is not the best one, and a column may stay empty."""
    page = as_markdown(results(("meshvisor", [0.4]), ("pm2", [2.0])))
    assert "| started | ≤ 0.5 s | 0.4 s | 2 s | – | 0.2 |" in page
    page = as_markdown(results(("meshvisor", [0.4]), ("pm2", [2.0]), ("circus", [None])))
    assert "| started | ≤ 0.5 s | 0.4 s | 2 s | never | 0.2 |" in page


def test_the_ratio_is_to_the_version_before() -> None:
    """Beside an earlier version there are no peers, and the page says so."""
    made = results(("meshvisor", [0.4]), ("before", [0.5]))
    made.contenders = {"meshvisor": "Meshvisor 2", "before": "Before 1"}
    page = as_markdown(made)
    assert "| | target | Meshvisor 2 | Before 1 | ours ÷ before |" in page
    assert "| started | ≤ 0.5 s | 0.4 s | 0.5 s | 0.8 |" in page


def test_a_missed_target_is_marked_and_named() -> None:
    """Missed targets are in plain sight, with their remarks."""
    page = as_markdown(results(("meshvisor", [0.6])), remarks="Because of the moon.")
    assert "≤ 0.5 s ✗" in page
    assert "Targets missed (✗): started." in page
    assert "Because of the moon." in page


def test_what_failed_is_named() -> None:
    """A contender that could not be measured leaves a reason and an empty cell."""
    made = results(("pm2", [1.0]))
    made.failures.append("start: Meshvisor: no such program\nits output")
    page = as_markdown(made)
    assert "| started | ≤ 0.5 s | – | 1 s | – | – |" in page
    assert "Not measured: start: Meshvisor: no such program\n" in page


def test_what_is_kept_as_data() -> None:
    """The JSON has a figure of all runs for each contender, and the samples stand apart."""
    made = results(("meshvisor", [0.3]), ("meshvisor", [0.5]), ("pm2", [None]))
    line = made.as_json()["lines"][0]
    spread = {"median": 0.4, "p99": 0.5, "min": 0.3, "max": 0.5}
    assert line["measured"]["meshvisor"] == {"n": 2, "never": False, **spread}
    assert line["measured"]["pm2"] == {"n": 1, "never": True}
    assert line["best_peer"] is None
    assert made.samples_as_json() == {"start": {"meshvisor": [0.3, 0.5], "pm2": [None]}}


def test_a_figure_is_one_line_of_the_data() -> None:
    """Written as text, the data is the same, and a changed figure is one changed line."""
    data = results(("meshvisor", [0.3]), ("pm2", [None])).as_json()
    text = as_text(data)
    assert json.loads(text) == data
    assert sum("median" in line for line in text.splitlines()) == 2  # and that of the statistic
