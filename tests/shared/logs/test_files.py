from __future__ import annotations

import os

import pytest

from meshvisor.shared.logs.files import BLOCK, Wanted, log_file, read_tail
from meshvisor.shared.logs.line import Record, render
from meshvisor.shared.paths import Home


def write(home: Home, source: str, numbers: range, *, age: int = 0, text: str = "") -> None:
    """Write a record for each second in `numbers`, numbered."""
    home.logs.mkdir(parents=True, exist_ok=True)
    records = [Record(float(n), source, "info", f"{source} {n}{text}") for n in numbers]
    log_file(home.logs, source, age).write_text("".join(map(render, records)))


def texts(home: Home, mesh_id: str | None, lines: int) -> list[str]:
    """The first lines of the newest records."""
    return [
        event["text"].partition("\n")[0]
        for event in read_tail(home, Wanted((mesh_id,) if mesh_id else ()), lines)
    ]


def test_no_folder(home: Home) -> None:
    """Before the first start there are no records."""
    assert read_tail(home, Wanted(), 5) == []
    assert read_tail(home, Wanted(("lobby",)), 5) == []


def test_one_mesh(home: Home) -> None:
    """The newest records of one mesh, the oldest of them first."""
    write(home, "mesh-lobby", range(10))
    write(home, "mesh-lobby2", range(100, 110))
    assert texts(home, "lobby", 3) == ["mesh-lobby 7", "mesh-lobby 8", "mesh-lobby 9"]
    assert texts(home, "lobby", 0) == []
    assert len(texts(home, "lobby", 1000)) == 10


def test_rotated_files_are_read_too(home: Home) -> None:
    """What is asked for may reach back into files that were rotated away."""
    for age in range(11):
        write(home, "mesh-a", range(100 - 2 * age, 102 - 2 * age), age=age)
    assert texts(home, "a", 21) == [f"mesh-a {n}" for n in range(81, 102)]


def test_all_merged_by_time(home: Home) -> None:
    """Everything together, in the order in which it happened."""
    write(home, "mesh-a", range(0, 10, 2))
    write(home, "mesh-b", range(1, 10, 2))
    write(home, "zygote", range(20, 21))
    (home.logs / "crash-1.txt").write_text("not a log")
    assert texts(home, None, 4) == ["mesh-b 7", "mesh-a 8", "mesh-b 9", "zygote: zygote 20"]


def test_what_stands_in_two_files_is_shown_once(home: Home) -> None:
    """The supervisor files what it says about a mesh under both."""
    write(home, "mesh-a", range(3))
    log_file(home.logs, "supervisor").write_text(log_file(home.logs, "mesh-a").read_text())
    assert texts(home, None, 10) == ["mesh-a 0", "mesh-a 1", "mesh-a 2"]


@pytest.mark.parametrize("lines", [1, 3, 50, 1000])
def test_long_records(home: Home, lines: int) -> None:
    """Records of many lines, longer than what is read at once, come whole."""
    write(home, "mesh-a", range(50), text="\n" + "x\n" * (BLOCK // 100) + "end")
    events = read_tail(home, Wanted(("a",)), lines)
    assert len(events) == min(lines, 50)
    for event in events:
        assert event["text"].endswith("x\nend")
        assert event["text"].startswith("mesh-a ")


def test_bytes_that_are_no_text(home: Home) -> None:
    """A damaged file is shown as far as it goes."""
    write(home, "mesh-a", range(2))
    with log_file(home.logs, "mesh-a").open("ab") as file:
        file.write(b"\xff\xfe\x00" + os.urandom(100).replace(b"\n", b""))
    assert texts(home, "a", 2)[0] == "mesh-a 0"


def test_up_to_a_moment(home: Home) -> None:
    """Older records are found anywhere in a large file, and in the one before it."""
    write(home, "mesh-a", range(1, 1000), age=1)
    write(home, "mesh-a", range(1000, 21_000), text=" " + "x" * 60)
    assert log_file(home.logs, "mesh-a").stat().st_size > 20 * BLOCK

    def up_to(moment: float, lines: int = 3) -> list[float]:
        return [one["ts"] for one in read_tail(home, Wanted(("a",), until=moment), lines)]

    for moment in (1002.0, 1500.0, 9_999.0, 15_000.0, 20_999.0):
        assert up_to(moment) == [moment - 2, moment - 1, moment]
        assert up_to(moment + 0.5) == [moment - 2, moment - 1, moment]
    assert up_to(1000.0) == [998.0, 999.0, 1000.0]
    assert up_to(1.0) == [1.0]
    assert up_to(0.5) == []
    assert len(up_to(20_000.0, 5000)) == 5000
