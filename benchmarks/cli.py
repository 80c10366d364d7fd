"""The command line of the benchmarks.

The full run writes `RESULTS.md` and `results.json`; a part of it or a quick look only prints.
`--merge` puts whole rows of a part into the results of the last full run, and the page says so.
`--before` measures an earlier version in the place of the peers.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders.catalogue import all_contenders
from benchmarks.contenders.contender import BEFORE, Contender
from benchmarks.contenders.meshvisor import Meshvisor
from benchmarks.errors import BenchmarkError
from benchmarks.install import install_peers
from benchmarks.machine import Machine
from benchmarks.measure import measure
from benchmarks.merge import merge
from benchmarks.places import BENCHMARKS, DATA_NAME, REMARKS, SAMPLES_NAME, TABLE_NAME, UNFINISHED
from benchmarks.processes import adopt_orphans
from benchmarks.report import as_markdown
from benchmarks.results import Results, as_text
from benchmarks.rows.catalogue import all_rows
from benchmarks.rows.row import Row, takes_part
from benchmarks.scale import FULL, LONG, QUICK, Scale


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is asked for; return 0, 1 when something failed, 2 for wrong usage."""
    options = _parser().parse_args(argv)
    scale = QUICK if options.quick else LONG if options.long else FULL
    folder = options.out or BENCHMARKS
    try:
        rows = _chosen_rows(scale, options.only)
        contenders = _chosen_contenders(options, rows)
        earlier = _earlier(options, folder) if options.merge else None
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    # A terminated harness must clean up like an interrupted one.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    adopt_orphans()
    try:
        install_peers()
        for one in contenders:
            if isinstance(one, Meshvisor):
                one.compile()
        results = Results(Machine.this(), datetime.now(UTC), _titles(contenders))
        measure(
            rows,
            contenders,
            options.runs or scale.runs,
            results,
            after_row=lambda: _write(results, UNFINISHED),
        )
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; nothing was left running.", file=sys.stderr)
        return 130
    failed = bool(results.failures)
    if earlier is not None:
        results = merge(earlier, results, rows, all_rows(scale))
    complete = not (options.quick or options.only or options.against or options.before)
    if options.out or complete or options.merge:
        _write(results, folder)
    print(_page(results))
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", metavar="ROW", help="this row; repeatable")
    parser.add_argument(
        "--against", action="append", metavar="CONTENDER", help="only this contender; repeatable"
    )
    parser.add_argument(
        "--before",
        type=Path,
        metavar="CHECKOUT",
        help="an earlier version of ours, in a checkout that is set up, and no peers",
    )
    parser.add_argument(
        "--merge",
        action="store_true",
        help="put the rows of --only into the results of the last full run",
    )
    parser.add_argument("--quick", action="store_true", help="tiny fleets: does it all work?")
    parser.add_argument("--long", action="store_true", help="ten minutes of full load, not one")
    parser.add_argument("--runs", type=int, metavar="N", help="repetitions of the short rows")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the folder of the results")
    return parser


def _chosen_rows(scale: Scale, names: Sequence[str] | None) -> list[Row]:
    rows = list(all_rows(scale))
    known = [row.key for row in rows]
    if unknown := sorted(set(names or ()) - set(known)):
        raise ValueError(f"No row {', '.join(unknown)}; there are {', '.join(known)}.")
    return [row for row in rows if not names or row.key in names]


def _chosen_contenders(options: argparse.Namespace, rows: Sequence[Row]) -> list[Contender]:
    """Return those that were named, or all that have a column in a table of these rows."""
    if options.before is not None:
        return [Meshvisor(), Meshvisor.before(options.before)]
    contenders = list(all_contenders())
    names: Sequence[str] | None = options.against
    known = [one.key for one in contenders]
    if unknown := sorted(set(names or ()) - set(known)):
        raise ValueError(f"No contender {', '.join(unknown)}; there are {', '.join(known)}.")
    return [
        one
        for one in contenders
        if (one.key in names if names else any(takes_part(one, row) for row in rows))
    ]


def _earlier(options: argparse.Namespace, folder: Path) -> Results:
    if not options.only or options.against or options.before or options.quick:
        raise ValueError(
            "--merge is for whole rows at full scale: name them with --only ROW, and leave out "
            "--against, --before and --quick."
        )
    path = folder / DATA_NAME
    try:
        return Results.from_json(json.loads(path.read_text()))
    except (OSError, LookupError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} has no results to merge with ({error}); make them with a full run."
        ) from error


def _titles(contenders: Sequence[Contender]) -> dict[str, str]:
    return {one.key: f"{one.title} {one.version()}" for one in contenders}


def _page(results: Results) -> str:
    # The remarks are about the peers.
    remarked = REMARKS.exists() and BEFORE not in results.contenders
    return as_markdown(results, REMARKS.read_text() if remarked else "")


def _write(results: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TABLE_NAME).write_text(_page(results))
    (folder / DATA_NAME).write_text(as_text(results.as_json()))
    (folder / SAMPLES_NAME).write_text(json.dumps(results.samples_as_json()) + "\n")
