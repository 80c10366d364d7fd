"""docs/architecture.md says of states, messages and exit codes what the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from meshvisor.shared.model import mesh
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.model.mesh import TRANSITIONS, WITH_PROCESS, MeshState
from meshvisor.shared.protocol.directions import Direction
from meshvisor.shared.protocol.from_worker import FROM_WORKER
from meshvisor.shared.protocol.messages import type_of
from meshvisor.shared.protocol.to_worker import TO_WORKER
from meshvisor.shared.protocol.zygote import ZygoteMessage

BOX = "process"
"""In the diagram: the box around the states with a process, but not `unhealthy`, which has ways
out of its own."""


@pytest.fixture(scope="module")
def text(project: Path) -> str:
    """Return the page."""
    return (project / "docs" / "architecture.md").read_text()


def section(text: str, heading: str) -> str:
    """Return a section of the page with all below it."""
    level = heading.partition(" ")[0]
    _, _, rest = text.partition(f"\n{heading}\n")
    assert rest, f"there is no section {heading!r}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the table that has this heading."""
    body = text.partition(f"\n{heading}\n")[2].partition("\n\n")[0]
    lines = body.splitlines()[1:]
    assert lines, f"there is no table {heading!r}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def names(cell: str) -> set[str]:
    """Return what stands in backquotes in a cell."""
    return set(re.findall(r"`([\w-]+)`", cell))


def sentences() -> dict[str, str]:
    """Return what the source says about each state, on one line each."""
    tree = ast.parse(Path(mesh.__file__).read_text())
    (states,) = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "MeshState")
    found = {}
    for assignment, docstring in zip(states.body, states.body[1:], strict=False):
        if isinstance(assignment, ast.Assign) and isinstance(docstring, ast.Expr):
            found[ast.literal_eval(assignment.value)] = ast.literal_eval(docstring.value)
    return {state: " ".join(sentence.split()) for state, sentence in found.items()}


def test_each_state_has_its_sentence(text: str) -> None:
    """The table of states has each one with the sentence of the source, and who has a process."""
    table = {
        name: (process, sentence)
        for cell, process, sentence in rows(text, "| state | process | meaning |")
        for name in names(cell)
    }
    assert table == {
        state: ("yes" if MeshState(state) in WITH_PROCESS else "no", sentence)
        for state, sentence in sentences().items()
    }


def test_the_table_has_all_transitions(text: str) -> None:
    """The table of transitions is the one of the source."""
    table = {name: names(to) for cell, to in rows(text, "| from | to |") for name in names(cell)}
    assert table == {str(old): set(map(str, new)) for old, new in TRANSITIONS.items()}


def test_the_diagram_has_all_ways_of_a_process(text: str) -> None:
    """The diagram has the transitions into, out of and between states with a process, no other."""
    diagram = section(text, "## States").partition("```mermaid")[2].partition("```")[0]
    inside = WITH_PROCESS - {MeshState.UNHEALTHY}
    drawn = set()
    for old, new in re.findall(r"^ +(\w+) --> (\w+)$", diagram, flags=re.MULTILINE):
        # An arrow to the box leads to where its own begin.
        targets = {MeshState.SPAWNING} if new == BOX else {MeshState(new)}
        sources = inside if old == BOX else {MeshState(old)}
        drawn |= {(source, target) for source in sources for target in targets}
    assert "[*] --> spawning" in diagram
    assert drawn == {
        (old, new)
        for old, allowed in TRANSITIONS.items()
        for new in allowed
        if old in WITH_PROCESS or new in WITH_PROCESS
    }


@pytest.mark.parametrize(
    ("heading", "direction"),
    [("| to the worker | |", TO_WORKER), ("| from the worker | |", FROM_WORKER)],
    ids=["to", "from"],
)
def test_every_message(text: str, heading: str, direction: Direction) -> None:
    """The tables of messages have every type of their direction, and no other."""
    types = {type_of(kind) for kind in direction.kinds()}
    assert set().union(*(names(cell) for cell, _ in rows(text, heading))) == types


def test_every_datagram(text: str) -> None:
    """Each message between supervisor and zygote is described."""
    described = names(section(text, "### Supervisor and zygote"))
    assert {kind.__name__ for kind in get_args(ZygoteMessage)} <= described


def test_every_exit_code(text: str) -> None:
    """Each exit code of a child is described."""
    described = re.search(r"Exit codes .*?:(.*?)\.", section(text, "## Deaths"), flags=re.DOTALL)
    assert described is not None
    assert {int(number) for number in re.findall(r"\d+", described[1])} == set(ChildExit)


def test_migrations_are_numbered_without_a_gap(project: Path) -> None:
    """Two changes that took the same number would keep every supervisor from starting."""
    for folder in (project / "shared/store", *(project / "features").iterdir()):
        names = sorted(path.name for path in (folder / "migrations").glob("*.sql"))
        assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1)), folder
