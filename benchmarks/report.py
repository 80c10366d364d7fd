"""The results as Markdown: the table, the spread of every figure, the notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.contenders.contender import BEFORE, OURS, Table
from benchmarks.figures import Figure
from benchmarks.results import Results, headline
from benchmarks.rows.row import Line


def as_markdown(results: Results, remarks: str = "") -> str:
    """Return the whole page; `remarks` are what a person has to say about missed targets."""
    introduction = (
        f"{results.began:%Y-%m-%d}, {results.machine}. Made by `make bench`; everyone in one run, "
        "in turn, against the same room server. Less is better everywhere. The peers' workers "
        "are a Node `ws` client that only joins, pings and answers `?ping`; ours are Meshvisor's "
        "real ones.\n"
    )
    parts = [
        "# Measured\n",
        introduction,
        *_table(results, "fleets"),
        "",
        *_jobs(results),
        *_parts(results),
        *_missed(results),
        *([remarks.strip(), ""] if remarks else []),
        "## Spread\n",
        *_spread(results),
        "",
        "## How it is measured\n",
        *_notes(results.lines),
    ]
    return "\n".join(parts) + "\n"


def _jobs(results: Results) -> Iterator[str]:
    if any(line.table == "jobs" for line in results.lines):
        yield "## Jobs\n"
        yield (
            "Durable jobs beside queues on SQLite, on the disk of the checkout, everyone in one "
            "run, in turn. All flush at each commit (`synchronous=FULL`); tasks do nothing. "
            "Ours have a history, and run in a process of their own that may crash.\n"
        )
        yield from _table(results, "jobs")
        yield ""


def _table(results: Results, table: Table) -> Iterator[str]:
    columns = results.columns(table)
    titles = list(columns.values())
    lines = [line for line in results.lines if line.table == table]
    if not lines:
        return
    other = "before" if BEFORE in columns else "best peer"
    yield "| | target | " + " | ".join(titles) + f" | ours ÷ {other} |"
    yield "| --- | ---: |" + " ---: |" * (len(titles) + 1)
    for line in lines:
        target = "–" if line.target is None else f"≤ {_number(line.target)} {line.unit}".strip()
        cells = [_cell(line, results.figures.get((line.key, one))) for one in columns]
        ours = results.figures.get((line.key, OURS))
        if ours is not None and _misses(line, ours):
            target += " ✗"
        ratio = _ratio(line, ours, results.best_peer(line))
        yield f"| {line.title} | {target} | " + " | ".join(cells) + f" | {ratio} |"


def _cell(line: Line, figure: Figure | None) -> str:
    if figure is None:
        return "–"
    if figure.never:
        return "never"
    text = f"{_number(headline(line, figure))} {line.unit}".strip()
    return text


def _misses(line: Line, figure: Figure) -> bool:
    return figure.never or (line.target is not None and headline(line, figure) > line.target)


def _ratio(line: Line, ours: Figure | None, best: float | None) -> str:
    # A best peer of nearly zero (an idle supervisor's CPU) makes a ratio that says nothing.
    if ours is None or ours.never or best is None or best < 0.01:
        return "–"
    return _number(headline(line, ours) / best)


def _parts(results: Results) -> Iterator[str]:
    titles = {line.key: line.title for line in results.lines}
    for part in results.parts:
        facts = [f"{part.began:%Y-%m-%d %H:%M} {part.began:%Z}"]
        if part.machine != results.machine:
            facts.append(str(part.machine))
        facts += [one for key, one in part.contenders.items() if one != results.contenders[key]]
        yield (
            f"Measured later in a run of their own, everyone in turn ({', '.join(facts)}): "
            f"{'; '.join(titles[key] for key in part.lines)}.\n"
        )


def _missed(results: Results) -> Iterator[str]:
    missed = [
        line.title
        for line in results.lines
        if (figure := results.figures.get((line.key, OURS))) is not None and _misses(line, figure)
    ]
    measured = sum((line.key, OURS) in results.figures for line in results.lines)
    if missed:
        yield "Targets missed (✗): " + "; ".join(missed) + ".\n"
    elif measured:
        yield "Every target that was measured is met.\n"
    for failure in results.failures:
        yield f"Not measured: {failure.splitlines()[0]}\n"


def _spread(results: Results) -> Iterator[str]:
    yield "| | | n | min | median | p99 | max |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for line in results.lines:
        # A line of another statistic shows samples that its neighbour has shown already.
        if line.statistic == "p99":
            continue
        for contender, title in results.contenders.items():
            figure = results.figures.get((line.key, contender))
            if figure is None:
                continue
            numbers = _spread_numbers(figure)
            yield f"| {line.title} | {title} | {figure.n} | {numbers} |"


def _spread_numbers(figure: Figure) -> str:
    if figure.spread is None:
        return "never | | |"
    spread = figure.spread
    return " | ".join(map(_number, [spread.min, spread.median, spread.p99, spread.max]))


def _notes(lines: Sequence[Line]) -> Iterator[str]:
    yield "- Each row starts its own fleet from nothing; rows with several runs take turns."
    for line in lines:
        if line.how:
            yield f"- {line.title}: {line.how}."


def _number(value: float) -> str:
    """Return three significant digits, thousands in full."""
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"
