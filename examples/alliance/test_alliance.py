"""The parts of the plug-in that need no runner: ids, answers, the roster."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ANN = {"id": 40393986, "name": "RedBadger", "level": 39, "kingdom": 1835}


# ---- Ids -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("40393986", 40393986),
        (" #40393986, ", 40393986),
        ("fid:40393986)", 40393986),
        ("1", 1),
        ("999999999999", 999999999999),
        ("", None),
        ("ann", None),
        ("0", None),
        ("007", None),
        ("4039x3986", None),
        ("9999999999999", None),
        ("٤٠٣٩", None),
    ],
)
def test_player_id(alliance: ModuleType, text: str, number: int | None) -> None:
    """What stands around an id is left away; what is no id is not made one."""
    assert alliance.player_id(text) == number


@pytest.mark.parametrize(
    ("text", "ids", "left_out"),
    [
        ("40393986, 40393987;40393988", ("40393986", "40393987", "40393988"), ()),
        ("7 5 7 #5", ("7", "5"), ()),
        ("3-5, 4 - 6 9–9", ("3", "4", "5", "6", "9"), ()),
        ("12 ann 3x4 5-2", ("12",), ("ann", "3x4", "5-2")),
        (" , ; ", (), ()),
    ],
)
def test_ids(
    alliance: ModuleType, text: str, ids: tuple[str, ...], left_out: tuple[str, ...]
) -> None:
    """Ids and ranges come between blanks and commas, each id counts once, the rest is named."""
    assert alliance.Ids.parse(text) == alliance.Ids(ids, left_out)


@pytest.mark.parametrize("text", ["1-5001", "1-999999999999", "1-3000 4000-7000"])
def test_too_many_ids(alliance: ModuleType, text: str) -> None:
    """A list that is longer than any user means is refused before it is made."""
    with pytest.raises(alliance.AllianceError, match="More than 5,000 ids"):
        alliance.Ids.parse(text)


def test_note_of_what_was_left_out(alliance: ModuleType) -> None:
    """A few of the words are named, and the number of the others."""
    assert alliance.Ids.parse("1 2").note() == ""
    assert alliance.Ids.parse("a b c d e f g").note() == (
        "\nLeft out, because that is no id: a, b, c, d, e and 2 more."
    )


# ---- Answers ---------------------------------------------------------------------------------


def test_an_answer_to_the_question(alliance: ModuleType) -> None:
    """A right answer is taken, with or without unknown fields."""
    question = alliance.ask_player(ANN["id"])
    for answer in (ANN, {**ANN, "power": 12}):
        assert question.read(json.dumps(answer).encode()).model_dump() == ANN


@pytest.mark.parametrize(
    "change",
    [
        {"id": 40393987},
        {"id": "40393986"},
        {"name": ""},
        {"name": "a\nb"},
        {"name": None},
        {"level": 0},
        {"level": True},
        {"level": "39"},
        {"level": 39.5},
        {"kingdom": -1},
        {"kingdom": 10**9},
    ],
)
def test_answers_that_are_none(alliance: ModuleType, change: dict[str, Any]) -> None:
    """Wrong types, values that cannot be, and another player's data are no answer."""
    assert alliance.ask_player(ANN["id"]).read(json.dumps({**ANN, **change}).encode()) is None


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b'{"id": 403', b"\xff", b"{}"])
def test_contents_that_are_none(alliance: ModuleType, content: bytes) -> None:
    """Half of an answer is none, and nor is any other JSON."""
    assert alliance.ask_player(ANN["id"]).read(content) is None


def test_pauses_between_tries(alliance: ModuleType) -> None:
    """The first try waits for nothing, the others longer and longer, and never for long."""
    assert alliance.pause_before(0) == 0
    for number in range(1, alliance.ATTEMPTS):
        most = alliance.BACKOFF * 2 ** (number - 1)
        assert all(most / 2 <= alliance.pause_before(number) <= most for _ in range(50))


def test_time_for_an_item(alliance: ModuleType) -> None:
    """All tries of a request fit into the time that an item has."""
    pauses = sum(alliance.BACKOFF * 2**number for number in range(alliance.ATTEMPTS - 1))
    assert alliance.ATTEMPTS * alliance.REQUEST_TIMEOUT + pauses < 60


def test_address(alliance: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job's data come first, then the environment, then the game API of the example."""
    assert alliance.api_address({}) == "http://127.0.0.1:8585"
    monkeypatch.setenv("ALLIANCE_API", "https://game.example/")
    assert alliance.api_address({}) == "https://game.example"
    assert alliance.api_address({"api": "http://localhost:1"}) == "http://localhost:1"
    for wrong in ("game.example", 7):
        with pytest.raises(alliance.AllianceError, match="no address"):
            alliance.api_address({"api": wrong})


# ---- The roster ------------------------------------------------------------------------------


@pytest.fixture
def roster(alliance: ModuleType) -> Iterator[Any]:
    """Return an empty roster."""
    opened = alliance.Roster()
    yield opened
    opened.close()


@pytest.mark.usefixtures("roster")
def test_the_file(home: Path) -> None:
    """The roster lies below the home, and others may not read it."""
    assert stat.S_IMODE((home / "var/alliance.db").stat().st_mode) == 0o600


def test_adding_twice(alliance: ModuleType, roster: Any) -> None:
    """A player who is known stays as the first job has found them; another alliance has its own."""
    player = alliance.Player(**ANN)
    assert roster.added_by("lobby", player.id) is None
    roster.add("lobby", player, 1, now=100)
    roster.add("lobby", player, 2, now=200)
    roster.add("cinema", player, 3, now=300)
    assert [roster.added_by(mesh, player.id) for mesh in ("lobby", "cinema")] == [1, 3]
    assert roster.counts("lobby") == alliance.Counts(players=1, gifts=0, oldest=100)


def test_refreshing(alliance: ModuleType, roster: Any) -> None:
    """New data replaces the old; who is not known is not added by it."""
    for number in (1, 2, 3):
        roster.add("lobby", alliance.Player(**{**ANN, "id": number}), 1, now=100 + number)
    assert roster.older_than("lobby", 103) == ["1", "2"]
    roster.refresh("lobby", alliance.Player(**{**ANN, "id": 1, "level": 40}), now=200)
    roster.refresh("lobby", alliance.Player(**{**ANN, "id": 9}), now=200)
    assert roster.older_than("lobby", 150) == ["2", "3"]
    assert roster.players("lobby") == ["1", "2", "3"]


def test_gifts(alliance: ModuleType, roster: Any) -> None:
    """A gift counts once, and only for players of the alliance."""
    roster.add("lobby", alliance.Player(**ANN), 1, now=100)
    for player in (ANN["id"], ANN["id"], 5):
        roster.add_gift("FROSTY", player)
    assert roster.counts("lobby").gifts == 1


def test_two_processes(alliance: ModuleType, roster: Any) -> None:
    """What the runner has written, a worker reads from its own connection."""
    roster.add("lobby", alliance.Player(**ANN), 1, now=100)
    other = alliance.Roster()
    assert other.players("lobby") == [str(ANN["id"])]
    other.close()
