"""Tables that fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import width

COLUMNS = (
    Column("NAME", may_cut=True),
    Column("N", right=True),
    Column("SPARE", may_go=True),
    Column("NOTE", may_cut=True, may_go=True),
)


def test_alignment() -> None:
    """Columns are as wide as their widest cell; numbers stand at the right; None is a dash."""
    rows = [["a", 5, None, "x"], ["long name", 12345, "s", ""]]
    assert render(COLUMNS, rows) == [
        "NAME           N  SPARE  NOTE",
        "a              5  -      x",
        "long name  12345  s      -",
    ]


def test_wide_characters_are_counted_by_their_cells() -> None:
    """A Japanese name does not push its row to the right."""
    lines = render(COLUMNS[:2], [["日本", 1], ["abcd", 2]])
    assert [width(line) for line in lines] == [7, 7, 7]


def test_one_long_cell_makes_no_other_row_long() -> None:
    """Where nothing is cut, a very long cell is there as a whole and moves its own row only."""
    lines = render(COLUMNS, [["x" * 5000, 1, "s", "n"], ["short", 2, "s", "n"]])
    assert lines[1] == "x" * 5000 + "  1  s      n"
    assert len(lines[2]) < 100
    assert len(lines[0]) == len(lines[2]) + 3


def test_narrow_terminal_cuts_first() -> None:
    """What may be shortened is shortened before anything vanishes."""
    rows = [["short", 1, "s", "a very long note that does not fit"]]
    lines = render(COLUMNS, rows, fit=30)
    assert lines[1] == "short  1  s      a very long …"
    assert all(width(line) <= 30 for line in lines)


def test_very_narrow_terminal_leaves_columns_out() -> None:
    """The last column that may go goes first; names and numbers stay."""
    rows = [["a name of some length", 1, "s", "a note of some length"]]
    lines = render(COLUMNS, rows, fit=20)
    assert lines[0].split() == ["NAME", "N", "SPARE"]
    assert render(COLUMNS, rows, fit=5)[0].split() == ["NAME", "N"]


def test_colours_do_not_count() -> None:
    """Colours change nothing about the alignment."""
    lines = render(COLUMNS[:2], [[Cell("a", "31"), 1]], colours=True)
    assert lines[1] == "\x1b[31ma\x1b[0m     1"


def test_escape_sequences_in_cells_are_disarmed() -> None:
    """What a stranger is called cannot clear the screen."""
    assert "\x1b" not in "".join(render(COLUMNS[:2], [["\x1b[2J", 1]]))


@given(
    st.lists(st.tuples(st.text(), st.integers(), st.text(), st.text()), max_size=5),
    st.integers(30, 120),
)
def test_always_fits(rows: list[tuple[str, int, str, str]], fit: int) -> None:
    """Whatever is in the cells, lines fit as far as columns may be cut or left out."""
    number = max([1, *(len(str(row[1])) for row in rows)])
    for line in render(COLUMNS, rows, fit=fit):
        assert width(line) <= max(fit, 8 + 2 + number)
