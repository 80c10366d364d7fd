from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import cli
from benchmarks.contenders.catalogue import all_contenders
from benchmarks.contenders.contender import Contender
from benchmarks.machine import Machine
from benchmarks.merge import merge
from benchmarks.places import DATA_NAME, SAMPLES_NAME, TABLE_NAME
from benchmarks.report import as_markdown
from benchmarks.results import Results
from benchmarks.rows.row import Line, Row, Samples, takes_part

MACHINE = Machine("Some CPU", 2, 8, "Linux 6", "3.11")
TITLES = {"meshvisor": "Meshvisor 1", "pm2": "PM2 7"}
MORNING = datetime(2026, 11, 1, 8, tzinfo=UTC)
EVENING = datetime(2026, 11, 1, 20, tzinfo=UTC)


class OneLine:
    """A row of one line, measured at once."""

    def __init__(self, key: str, sample: float = 7.0) -> None:
        self.key = key
        self._sample = sample

    def lines(self) -> Sequence[Line]:
        """Return the line."""
        return [Line(self.key, f"{self.key} done", "s", how="by hand")]

    def runs(self, contender: Contender) -> int | None:
        """Measure each contender once."""
        return 1

    def run(self, contender: Contender) -> Samples:
        """Return the sample."""
        return {self.key: [self._sample]}


ROWS: list[Row] = [OneLine("start"), OneLine("poll"), OneLine("stop")]


def results(began: datetime, measured: dict[str, float], machine: Machine = MACHINE) -> Results:
    """Return the results of a run that measured the same for everyone."""
    made = Results(machine, began, dict(TITLES))
    for key, sample in measured.items():
        made.lines += OneLine(key).lines()
        for contender in TITLES:
            made.add(key, contender, [sample])
    return made


def test_rows_of_a_later_run_replace_and_add() -> None:
    """New rows take the place of the old ones, in the table's order, and no sample is mixed."""
    earlier = results(MORNING, {"start": 1.23456, "stop": 3.0})
    merged = merge(earlier, results(EVENING, {"stop": 4.0, "poll": 5.0}), ROWS[1:], ROWS)
    table = [line for line in as_markdown(merged).splitlines() if "done | –" in line]
    assert table == [
        "| start done | – | 1.23 s | 1.23 s | 1 |",
        "| poll done | – | 5 s | 5 s | 1 |",
        "| stop done | – | 4 s | 4 s | 1 |",
    ]
    assert merged.began == MORNING


def test_the_page_says_what_is_of_another_run() -> None:
    """A line tells when such rows were measured, and what about that run was different."""
    elsewhere = Machine("Other CPU", 4, 8, "Linux 6", "3.11")
    later = results(EVENING, {"stop": 4.0}, elsewhere)
    later.contenders["pm2"] = "PM2 8"
    page = as_markdown(merge(results(MORNING, {"stop": 3.0}), later, ROWS[2:], ROWS))
    assert (
        "Measured later in a run of their own, everyone in turn (2026-11-01 20:00 UTC, "
        "Other CPU, 4 cores, 8 GB, Linux 6, Python 3.11, PM2 8): stop done.\n"
    ) in page
    assert "run of their own" not in as_markdown(results(MORNING, {"stop": 3.0}))


def test_a_row_belongs_to_its_last_run() -> None:
    """Measured a third time, it is of that run only; a run that nothing is left of is forgotten."""
    merged = merge(results(MORNING, {"start": 1}), results(EVENING, {"stop": 2}), ROWS[2:], ROWS)
    night = datetime(2026, 11, 1, 23, tzinfo=UTC)
    merged = merge(merged, results(night, {"stop": 3}), ROWS[2:], ROWS)
    assert [(part.began, part.lines) for part in merged.parts] == [(night, ("stop",))]


def test_a_failure_is_forgotten_with_its_row() -> None:
    """What failed in the row before is of no interest once it was measured again."""
    earlier = results(MORNING, {"start": 1})
    earlier.failures += ["stop: PM2 7: hung", "start: PM2 7: hung"]
    later = results(EVENING, {"stop": 2})
    later.failures.append("stop: Meshvisor: hung")
    merged = merge(earlier, later, ROWS[2:], ROWS)
    assert merged.failures == ["start: PM2 7: hung", "stop: Meshvisor: hung"]


def test_results_survive_their_file() -> None:
    """What is read back from the JSON shows the same page and gives the same JSON."""
    merged = merge(
        results(MORNING, {"start": 1 / 3}), results(EVENING, {"stop": 2}), ROWS[2:], ROWS
    )
    data = json.loads(json.dumps(merged.as_json()))
    again = Results.from_json(data)
    assert as_markdown(again) == as_markdown(merged)
    assert again.as_json() == data


def test_the_command_line_merges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--only stop --merge` measures that row, with everyone, and leaves the others alone."""
    monkeypatch.setattr(cli, "all_rows", lambda scale: ROWS)
    monkeypatch.setattr(cli, "UNFINISHED", tmp_path / "unfinished")
    monkeypatch.setattr(cli, "install_peers", lambda: None)
    monkeypatch.setattr(cli, "adopt_orphans", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(cli, "_titles", lambda contenders: {one.key: "x" for one in contenders})
    before = results(MORNING, {"start": 1.5, "stop": 3.0}).as_json()
    (tmp_path / DATA_NAME).write_text(json.dumps(before))
    assert cli.main(["--only", "stop", "--merge", "--out", str(tmp_path)]) == 0
    after = json.loads((tmp_path / DATA_NAME).read_text())
    assert after["lines"][0] == before["lines"][0]
    stop = after["lines"][1]["measured"]
    assert len(stop) == sum(takes_part(one, ROWS[2]) for one in all_contenders())
    assert all(one["median"] == 7.0 for one in stop.values())
    samples = json.loads((tmp_path / SAMPLES_NAME).read_text())
    assert samples == {"stop": {contender: [7.0] for contender in stop}}
    assert "run of their own" in (tmp_path / TABLE_NAME).read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--merge"], "--only ROW"),
        (["--merge", "--only", "stop", "--against", "pm2"], "--against"),
        (["--merge", "--only", "stop", "--quick"], "--quick"),
        (["--merge", "--only", "stop"], "full run"),
    ],
)
def test_what_cannot_be_merged_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Half a row, a tiny one, or no full run to merge with: said before anything is measured."""
    assert cli.main([*arguments, "--out", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err
