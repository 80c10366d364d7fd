"""What chat commands say of themselves, within bounds."""

from __future__ import annotations

from meshvisor.features.fleet.supervisor.command_help import LONGEST, MOST, CommandHelp


def test_by_name_in_any_case() -> None:
    """The newest text counts; of a command that no worker has there is none."""
    known = CommandHelp()
    known.learn({"Ping": "old"})
    known.learn({"ping": "new"})
    assert (known.of("PING"), known.of("other")) == ("new", "")


def test_bounds() -> None:
    """A worker that says without end fills nothing, and what was known stays."""
    known = CommandHelp()
    known.learn({"ping": "pong"})
    known.learn({f"c{number}": "x" * 10_000 for number in range(2 * MOST)})
    assert known.of("ping") == "pong"
    assert len(known.of("c1")) == LONGEST
    assert known.of(f"c{MOST}") == ""
