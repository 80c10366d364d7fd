"""The format of log records."""

from __future__ import annotations

import logging

import pytest

from meshvisor.worker.logs.bound import BoundLog
from meshvisor.worker.logs.records import MAX_MESSAGE, MAX_TRACEBACK, cut
from tests.worker.logs.conftest import Pipe


def test_a_record_is_one_line(pipe: Pipe, logger: logging.Logger) -> None:
    """Time, level, logger, event, sentence and context, and nothing that is empty."""
    BoundLog(logger).info("Joined the %s", "room", event="joined", users=3, name="a\nb")
    (record,) = pipe.records()
    assert record.pop("ts") > 1_700_000_000
    assert record == {
        "level": "info",
        "logger": "test.worker",
        "event": "joined",
        "msg": "Joined the room",
        "context": {"users": 3, "name": "a\nb"},
    }


def test_a_traceback_is_part_of_its_record(pipe: Pipe, logger: logging.Logger) -> None:
    """An error is one record, traceback included."""
    try:
        raise ValueError("no such thing")
    except ValueError:
        logger.exception("It failed")
    (record,) = pipe.records()
    assert record["traceback"].startswith("Traceback")
    assert record["traceback"].endswith("ValueError: no such thing\n")


def test_foreign_records_are_taken_too(pipe: Pipe, logger: logging.Logger) -> None:
    """Plug-ins and libraries use `logging` as they know it, and may even use it wrongly."""
    logger.warning("%d of %d", 1)  # noqa: PLE1206 - wrong on purpose
    logger.warning("half a pair \ud83d")
    assert [record["msg"] for record in pipe.records()] == ["'%d of %d' (1,)", "half a pair \ud83d"]


def test_huge_records_are_cut(pipe: Pipe, logger: logging.Logger) -> None:
    """Neither a huge message nor an endless traceback fills the log."""
    pipe.widen()
    logger.info("x" * 10_000_000)
    (record,) = pipe.records()
    assert record["msg"] == f"{'x' * MAX_MESSAGE}… ({10_000_000 - MAX_MESSAGE} more characters)"

    def recurse(depth: int, wide: str = "y" * 200) -> None:
        if depth:
            recurse(depth - 1)
        raise ValueError("z" * 1_000_000 + wide)

    with pytest.raises(ValueError, match="zzz") as caught:
        recurse(50)
    logger.error("It failed", exc_info=caught.value)
    (record,) = pipe.records()
    assert len(record["traceback"]) <= MAX_TRACEBACK + 10
    assert record["traceback"].startswith("Traceback")


def test_cut_says_what_is_missing() -> None:
    """A cut text ends with the number of characters that are gone."""
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdef", 4) == "abcd… (2 more characters)"
