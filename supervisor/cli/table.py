"""Aligned tables for people.

Owns the fitting of columns into a terminal.  Does not own what is in them, or `--json`.
"""

from __future__ import annotations

from collections.abc import Sequence

from meshvisor.supervisor.cli.terminal import BOLD, clean, cut, paint, width

GAP = "  "
"""Between two columns."""

SHORTEST = 8
"""Cells that a column which may be cut keeps: less could not be recognised."""

WIDEST = 60
"""Cells to which a column grows for the sake of its longest cell where nothing is cut: with one
result of 64 KiB every other row would be as long.  A longer cell moves the rest of its own row."""


class Column:
    """How one column looks.

    Args:
        title: its heading.
        right: numbers are aligned at their last digit.
        may_cut: its cells may be shortened where the terminal is too narrow.
        may_go: it may be left out altogether; the last such column goes first.
    """

    __slots__ = ("may_cut", "may_go", "right", "title")

    def __init__(
        self, title: str, *, right: bool = False, may_cut: bool = False, may_go: bool = False
    ) -> None:
        self.title = title
        self.right = right
        self.may_cut = may_cut
        self.may_go = may_go


class Cell:
    """A text with a colour."""

    __slots__ = ("colour", "text")

    def __init__(self, text: object, colour: str | None = None) -> None:
        self.text = clean(text)
        self.colour = colour


def render(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell | object]],
    *,
    fit: int | None = None,
    colours: bool = False,
) -> list[str]:
    """Return the table as lines, heading first.

    Args:
        columns: left to right.
        rows: as many cells each as there are columns; anything that is no `Cell` is printed
            as `str` has it, None as a dash.
        fit: cells of the terminal; None: as wide as it needs, up to `WIDEST`; nothing is cut.
        colours: whether to use them.
    """
    cells = [[_cell(cell) for cell in row] for row in rows]
    widths = _natural(columns, cells)
    shown = list(range(len(columns)))
    if fit is None:
        widths = [min(one, WIDEST) for one in widths]
    else:
        shown = _fit(columns, widths, fit)
        cells = [[_cut(cell, widths[at]) for at, cell in enumerate(row)] for row in cells]
    heading = [
        _cut(Cell(column.title, BOLD), at) for column, at in zip(columns, widths, strict=True)
    ]
    return [_line(columns, row, widths, shown, colours) for row in (heading, *cells)]


# Private


def _cell(content: Cell | object) -> Cell:
    if isinstance(content, Cell):
        return content
    return Cell("-" if content is None or content == "" else content)


def _cut(cell: Cell, cells: int) -> Cell:
    return Cell(cut(cell.text, cells), cell.colour)


def _natural(columns: Sequence[Column], cells: Sequence[Sequence[Cell]]) -> list[int]:
    widths = [width(column.title) for column in columns]
    for row in cells:
        for position, cell in enumerate(row):
            widths[position] = max(widths[position], width(cell.text))
    return widths


def _fit(columns: Sequence[Column], widths: list[int], fit: int) -> list[int]:
    """Shorten `widths` in place until they fit; return the positions that are still shown."""
    shown = list(range(len(columns)))
    while (excess := _total(widths, shown) - fit) > 0:
        longest = max(
            (at for at in shown if columns[at].may_cut and widths[at] > SHORTEST),
            key=lambda at: widths[at],
            default=None,
        )
        if longest is not None:
            widths[longest] = max(SHORTEST, widths[longest] - excess)
            continue
        spare = [at for at in shown if columns[at].may_go]
        if not spare:
            break  # better a wrapped line than a missing mesh
        shown.remove(spare[-1])
    return shown


def _total(widths: Sequence[int], shown: Sequence[int]) -> int:
    return sum(widths[at] for at in shown) + len(GAP) * (len(shown) - 1)


def _line(
    columns: Sequence[Column],
    row: Sequence[Cell],
    widths: Sequence[int],
    shown: Sequence[int],
    colours: bool,
) -> str:
    parts = []
    for at in shown:
        text = row[at].text
        padding = " " * (widths[at] - width(text))
        painted = paint(text, row[at].colour, colours)
        parts.append(padding + painted if columns[at].right else painted + padding)
    return GAP.join(parts).rstrip()
