"""What plug-ins import."""

from __future__ import annotations

from meshvisor.worker import api
from meshvisor.worker.mesh.commands.registry import COMMANDS
from meshvisor.worker.mesh.events import EVENTS, HANDLERS


def test_decorators_return_the_function() -> None:
    """A decorated function can still be called, as by a plug-in's own tests."""

    @api.command("greet", help="Say hello")
    async def greet(_ctx: api.CommandContext) -> str:
        return "hello"

    @api.event("join")
    def welcome(_joined: api.JoinEvent) -> None:
        return None

    command = COMMANDS.find("greet")
    assert command is not None
    assert command.handler is greet
    assert (command.help, command.source) == ("Say hello", __name__)
    (subscription,) = HANDLERS.of("join")
    assert subscription.handler is welcome


def test_every_event_is_documented_and_exported() -> None:
    """The table in the module's docstring has a row for each event, with its class."""
    assert api.__doc__ is not None
    for name, kind in EVENTS.items():
        assert f"| `{name}` | `{kind.__name__}` |" in api.__doc__
        assert getattr(api, kind.__name__) is kind
        assert kind.__name__ in api.__all__
