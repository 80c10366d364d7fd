from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.shared.logs.line import (
    LEVELS,
    Record,
    as_event,
    for_terminal,
    mesh_of,
    mesh_source,
    moment,
    parse,
    render,
    sources_named,
)

TRACEBACK = "Handler failed\nTraceback (most recent call last):\n  File\nValueError: x"

RECORDS = st.builds(
    Record,
    ts=st.integers(1_600_000_000_000, 1_900_000_000_000).map(lambda ms: ms / 1000),
    source=st.sampled_from(["mesh-lobby", "mesh-a.b:c", "supervisor", "zygote"]),
    level=st.sampled_from(LEVELS),
    text=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).map(str.lstrip),
    event=st.sampled_from(["", "joined", "mesh.blocked"]),
)


@pytest.fixture
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_berlin")
def test_file_format() -> None:
    """Every line of a record says when, how bad and where from; times have their offset."""
    record = Record(1_768_000_000.1234, "mesh-lobby", "error", TRACEBACK, "failed")
    head = "2026-01-10T00:06:40.123+01:00 error   [mesh-lobby] "
    assert render(record) == (
        f"{head}Handler failed event=failed\n"
        f"{head}    Traceback (most recent call last):\n"
        f"{head}      File\n"
        f"{head}    ValueError: x\n"
    )


@pytest.mark.usefixtures("_berlin")
def test_offset_follows_the_seasons() -> None:
    """The hour that summer time repeats is distinguished by its offset."""
    assert moment(1_761_436_800) == "2025-10-26T02:00:00.000+02:00"
    assert moment(1_761_440_400) == "2025-10-26T02:00:00.000+01:00"


@given(st.lists(RECORDS))
def test_what_is_written_is_read(records: list[Record]) -> None:
    """Records come back from a file as they were."""
    text = "".join(map(render, records))
    found = parse(text.split("\n"))
    assert found == records


def test_traceback_is_one_record() -> None:
    """The lines of a traceback come back as one record, its own indentation included."""
    records = [Record(float(ts), "mesh-a", "error", TRACEBACK, "x") for ts in (5, 6)]
    assert parse("".join(map(render, records)).split("\n")) == records


def test_foreign_lines_belong_to_the_record_before() -> None:
    """What another program wrote into the file is shown and breaks nothing."""
    line = render(Record(5.0, "zygote", "info", "hello")).rstrip()
    assert parse(["?", "", line, "foreign", "", "9999-99-99T99:99:99+00:00 info [x] y"]) == [
        Record(5.0, "zygote", "info", "hello\nforeign\n9999-99-99T99:99:99+00:00 info [x] y")
    ]


def test_events() -> None:
    """Helpers of the supervisor are distinguished from it in the text."""
    record = Record(5.0, mesh_source("zygote"), "info", "hello")
    assert as_event(record) == {"mesh_id": "zygote", "ts": 5.0, "level": "info", "text": "hello"}
    assert as_event(Record(5.0, "zygote", "info", "hello"))["text"] == "zygote: hello"
    assert as_event(Record(5.0, "supervisor", "info", "hello"))["text"] == "hello"
    assert mesh_of("supervisor") is None


def test_terminal_line() -> None:
    """On a terminal only what is not normal has a mark."""
    assert for_terminal(Record(5.0, "mesh-a", "info", "x"))[8:] == " [mesh-a] x"
    assert for_terminal(Record(5.0, "mesh-a", "error", "x\ny"))[8:] == " [mesh-a] error: x\n    y"


@pytest.mark.parametrize("name", ["zygote", "console", "discovery", "workflows", "lane-game"])
def test_what_else_a_name_means(name: str) -> None:
    """What of a feature has lines of its own is found by that name, and so is a mesh called so."""
    assert sources_named(name) == (f"mesh-{name}", name)


def test_a_name_of_a_mesh() -> None:
    """The supervisor's own lines are no mesh's that is called so."""
    assert sources_named("lobby") == ("mesh-lobby",)
    assert sources_named("supervisor") == ("mesh-supervisor",)
