"""Colours of log lines."""

from __future__ import annotations

from meshvisor.supervisor.cli.logs.colours import paint_log_line


def test_time_source_and_level_stand_out() -> None:
    """The parts of a line have their colours, its text has none."""
    line = paint_log_line("08:15:02 [mesh-lobby] warning: it [may] be")
    assert line.startswith("\x1b[2m08:15:02\x1b[0m \x1b[")
    assert line.endswith(" \x1b[33mwarning: \x1b[0mit [may] be")


def test_source_keeps_its_colour() -> None:
    """A source looks the same in every line."""
    first = paint_log_line("08:15:02 [mesh-a] x").partition(" ")[2]
    second = paint_log_line("08:15:03 [mesh-a] x").partition(" ")[2]
    assert first == second


def test_other_text_is_left_alone() -> None:
    """What is no log line stays as it is."""
    assert paint_log_line("Traceback [x] y") == "Traceback [x] y"
