"""Who may use what, in a room: the tables that the supervisor pushes, and what `help` shows."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from meshvisor import CommandContext, command
from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.features.watch_party.protoo.rooms import RoomUser
from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.from_worker import AdminRequest, Ready
from meshvisor.shared.protocol.to_worker import RefreshAdmins, RefreshPermissions
from tests.worker.conftest import Connect
from tests.worker.supervisor_side import RunningWorker

ANN, BOB = RoomUser("11", "ann"), RoomUser("12", "bob")


async def push(
    worker: RunningWorker,
    table: Mapping[str, bool] | None = None,
    admins: frozenset[str] = frozenset({ANN.id}),
) -> None:
    """Tell the worker who is an admin and what needs one; return when it has understood."""
    worker.side.send(RefreshAdmins(admins=admins))
    worker.side.send(RefreshPermissions(requires_admin=table or {}))
    await worker.side.status()


async def answer(playground: Playground, said: str, user: RoomUser) -> str:
    """Say something and return what the bot replies."""
    return (await playground.ask("lobby", said, user=user)).text


async def test_a_change_takes_effect_at_once(connect: Connect, playground: Playground) -> None:
    """The newest tables decide; what they do not name keeps its default."""
    worker = await connect()
    assert await answer(playground, "?ping", BOB) == "pong"
    await push(worker, {"ping": True})
    assert await answer(playground, "?ping", ANN) == "pong"
    assert await answer(playground, "?PING", BOB) == "Only admins may use ?ping."
    await push(worker, {"ping": True}, admins=frozenset({BOB.id}))
    assert await answer(playground, "?ping", BOB) == "pong"
    assert await answer(playground, "?ping", ANN) == "Only admins may use ?ping."
    await push(worker, {}, admins=frozenset())
    assert await answer(playground, "?ping", ANN) == "pong"


@pytest.mark.parametrize("name", sorted(ADMIN_COMMANDS))
async def test_admin_commands_stay_closed(
    connect: Connect, playground: Playground, name: str
) -> None:
    """A table that opens them changes nothing, and the supervisor is not even asked."""
    worker = await connect()
    assert await answer(playground, f"?{name} 12", ANN) == f"Only admins may use ?{name}."
    await push(worker, {name: False})
    assert await answer(playground, f"?{name} 12", BOB) == f"Only admins may use ?{name}."
    assert worker.side.seen(AdminRequest) == []


async def test_a_plug_in_closes_its_command(connect: Connect, playground: Playground) -> None:
    """A command registered for admins is for admins, until the table opens it."""
    command("Wipe", admin=True)(lambda _ctx: "wiped")
    worker = await connect()
    await push(worker)
    assert await answer(playground, "?wipe", BOB) == "Only admins may use ?Wipe."
    assert await answer(playground, "?wipe", ANN) == "wiped"
    await push(worker, {"wipe": False})
    assert await answer(playground, "?wipe", BOB) == "wiped"


async def test_a_plug_in_may_ask(connect: Connect, playground: Playground) -> None:
    """The context knows whether an admin asks."""

    @command("who")
    async def who(ctx: CommandContext) -> str:
        return "an admin" if ctx.is_admin else "somebody"

    worker = await connect()
    await push(worker)
    assert await answer(playground, "?who", ANN) == "an admin"
    assert await answer(playground, "?who", BOB) == "somebody"


async def test_help_lists_what_one_may_use(connect: Connect, playground: Playground) -> None:
    """Admins see everything, others what is open to them."""
    worker = await connect()
    await push(worker, {"uptime": True})
    assert await answer(playground, "?help", BOB) == (
        "I know ?about, ?cancel, ?help, ?job, ?jobs, ?pause, ?ping, ?resume. ?help NAME explains "
        "one."
    )
    ready = await worker.side.expect(Ready)
    everything = ", ".join(f"?{name}" for name in ready.commands)
    assert set(ready.commands) > ADMIN_COMMANDS
    assert (
        await answer(playground, "?help", ANN) == f"I know {everything}. ?help NAME explains one."
    )


async def test_help_about_a_command_that_one_may_not_use(
    connect: Connect, playground: Playground
) -> None:
    """It says so, and what to do instead."""
    worker = await connect()
    await push(worker)
    assert await answer(playground, "?help setperm", BOB) == (
        "?setperm is for admins. ?help lists what you may use."
    )
    assert await answer(playground, "?help SETPERM", ANN) == (
        "?setperm: Decide who may use a command. Use: ?setperm COMMAND admin|user"
    )


async def test_suggestions_reveal_nothing(connect: Connect, playground: Playground) -> None:
    """What a user may not use is not suggested either."""
    worker = await connect()
    await push(worker)
    for said in ("?setprm", "?help setprm"):
        assert await answer(playground, said, BOB) == (
            "I do not know ?setprm. ?help lists what I know."
        )
        assert await answer(playground, said, ANN) == (
            "I do not know ?setprm. Did you mean ?setperm?"
        )


async def test_large_tables(connect: Connect, playground: Playground) -> None:
    """Ten thousand admins and a thousand permissions fit into a frame and work."""
    worker = await connect()
    admins = frozenset(str(10**17 + number) for number in range(10_000))
    table = {f"command-{number:024}": True for number in range(999)} | {"ping": True}
    await push(worker, table, admins | {ANN.id})
    assert await answer(playground, "?ping", ANN) == "pong"
    assert await answer(playground, "?ping", BOB) == "Only admins may use ?ping."
