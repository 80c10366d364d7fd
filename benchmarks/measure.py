"""Runs rows: every run of a row takes all contenders in turn, so that drift hits all alike."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from benchmarks.contenders.contender import Contender
from benchmarks.errors import BenchmarkError
from benchmarks.results import Results
from benchmarks.rows.row import Row, takes_part


def measure(
    rows: Sequence[Row],
    contenders: Sequence[Contender],
    usual_runs: int,
    results: Results,
    after_row: Callable[[], None],
) -> None:
    """Measure all rows into `results`; one that fails for a contender is noted and left out.

    Args:
        rows: in the order of the table.
        contenders: in the order of the columns.
        usual_runs: repetitions of rows that do not know better.
        results: filled row by row.
        after_row: called when a row is complete, so that little is lost by an interrupt.
    """
    for row in rows:
        _measure_row(row, contenders, usual_runs, results)
        results.lines += [
            line for line in row.lines() if any(key == line.key for key, _ in results.figures)
        ]
        after_row()


def _measure_row(
    row: Row, contenders: Sequence[Contender], usual_runs: int, results: Results
) -> None:
    contenders = [one for one in contenders if takes_part(one, row)]
    left = {one.key: row.runs(one) for one in contenders}
    wanted = {key: usual_runs if runs is None else runs for key, runs in left.items()}
    for number in range(max(wanted.values(), default=0)):
        for contender in contenders:
            if number >= wanted[contender.key]:
                continue
            _progress(f"{row.key}: {contender.title}, run {number + 1}")
            try:
                samples = row.run(contender)
            except BenchmarkError as error:
                results.failures.append(f"{row.key}: {error}")
                _progress(f"  failed: {error}")
                wanted[contender.key] = 0
                continue
            for line, values in samples.items():
                results.add(line, contender.key, values)


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
