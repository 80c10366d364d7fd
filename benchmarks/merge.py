"""Puts rows that were measured again, or for the first time, into the results of a full run.

A row is side by side in itself: all its contenders took turns in one run.  What is lost is that all
rows are of the same hour, and `report` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.results import Part, Results
from benchmarks.rows.row import Row


def merge(
    earlier: Results, later: Results, measured: Sequence[Row], rows: Sequence[Row]
) -> Results:
    """Return the earlier results with the later ones in place of, or added to them.

    Args:
        earlier: of a full run, perhaps with rows of other runs in it; stays as it is.
        later: of the rows `measured`, with all contenders.
        measured: their lines and failures of earlier are dropped.
        rows: every row, in the order of the table.
    """
    dropped = {line.key for row in measured for line in row.lines()}
    failed = tuple(f"{row.key}: " for row in measured)
    order = [line.key for row in rows for line in row.lines()]
    return Results(
        earlier.machine,
        earlier.began,
        # The titles of the full run; what differs is said beside the lines that it matters for.
        later.contenders | earlier.contenders,
        lines=sorted(
            [*(line for line in earlier.lines if line.key not in dropped), *later.lines],
            key=lambda line: order.index(line.key) if line.key in order else len(order),
        ),
        figures={key: one for key, one in earlier.figures.items() if key[0] not in dropped}
        | later.figures,
        samples=later.samples,
        failures=[one for one in earlier.failures if not one.startswith(failed)] + later.failures,
        parts=_parts(earlier, later, dropped),
    )


def _parts(earlier: Results, later: Results, dropped: set[str]) -> list[Part]:
    left = [
        replace(part, lines=tuple(key for key in part.lines if key not in dropped))
        for part in earlier.parts
    ]
    keys = tuple(line.key for line in later.lines)
    new = Part(later.machine, later.began, later.contenders, keys)
    return [part for part in (*left, new) if part.lines]
