"""Which commands exist."""

from __future__ import annotations

import pytest

from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.frames import MAX_FRAME
from meshvisor.shared.protocol.from_worker import Ready
from meshvisor.worker.mesh.commands.context import CommandContext
from meshvisor.worker.mesh.commands.registry import Command, CommandCollisionError, CommandRegistry
from meshvisor.worker.zygote.preload import MOST_NAMES


def handler(_ctx: CommandContext) -> str:
    """Do nothing."""
    return "done"


def command(name: str, source: str = "here") -> Command:
    """Return a command that does nothing."""
    return Command(name, handler, "Does it", source)


def test_names_are_found_in_any_case() -> None:
    """People write Ping, PING and ping."""
    registry = CommandRegistry()
    registry.add(command("Größe"))
    assert registry.find("GRÖSSE") is not None
    assert registry.find("other") is None


def test_a_taken_name_is_refused_with_who_has_it() -> None:
    """The error names the command and where it comes from."""
    registry = CommandRegistry()
    registry.add(command("greet", source="first"))
    with pytest.raises(CommandCollisionError, match=r"'Greet' is already there \(first\)"):
        registry.add(command("Greet", source="second"))


@pytest.mark.parametrize("name", ["", "-x", "two words", "x" * 33, "?ping", "x!"])
def test_wrong_names_are_refused(name: str) -> None:
    """A name that could never be typed is an error of the plug-in."""
    with pytest.raises(ValueError, match="is no command name"):
        command(name)


def test_what_was_probably_meant_is_suggested() -> None:
    """A slip of the finger gets the right name as an answer, anything else the way to the list."""
    registry = CommandRegistry()
    registry.add(command("uptime"))
    said = registry.unknown("?", "uptme", lambda _: True)
    assert said == "I do not know ?uptme. Did you mean ?uptime?"
    said = registry.unknown("?", "zzz", lambda _: True)
    assert said == "I do not know ?zzz. ?help lists what I know."


def test_what_a_user_may_not_use_is_not_suggested() -> None:
    """A suggestion does not tell which commands admins have."""
    registry = CommandRegistry()
    registry.add(command("uptime"))
    registry.add(command("uptimes"))
    said = registry.unknown("?", "uptimess", lambda command: command.name == "uptime")
    assert said == "I do not know ?uptimess. Did you mean ?uptime?"


def test_how_a_command_is_used() -> None:
    """Every way to use it is named, with the prefix."""
    usage = ("@user", "USER_ID")
    with_usage = Command("greet", handler, "Greets", "here", usage=usage)
    assert with_usage.how("!") == "Use: !greet @user or !greet USER_ID"
    assert command("ping").how("?") == "Use: ?ping"


def test_a_snapshot_can_be_restored() -> None:
    """What was registered after a snapshot is taken back."""
    registry = CommandRegistry()
    registry.add(command("a"))
    state = registry.snapshot()
    registry.add(command("b"))
    registry.restore(state)
    assert registry.names == ("a",)


def test_as_many_as_there_may_be_fit_into_one_message() -> None:
    """However long their helps are: a worker whose first message is too long would be killed."""
    registry = CommandRegistry()
    for number in range(MOST_NAMES):
        name = f"{number:🦊<31}".replace("🦊", "ü")
        registry.add(Command(name, handler, "🦊\n" * 10_000, "here", admin=True))
    ready = Ready(commands=registry.names, admin_only=registry.names, help=registry.summaries)
    assert len(Codec.encode(ready)) < MAX_FRAME
    assert "\n" not in registry.summaries[registry.names[0]]
