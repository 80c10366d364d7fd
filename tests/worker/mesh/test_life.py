"""The life of a worker: what the supervisor hears, and how it ends."""

from __future__ import annotations

import asyncio
import errno
import socket
from dataclasses import replace

import pytest

from meshvisor import CommandContext, command
from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.playground.faults.noise import DEADLY, HARMLESS
from meshvisor.playground.server import Playground
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.from_worker import (
    Connected,
    ConnectionFailed,
    ConnectRequest,
    Disconnected,
    FailureKind,
    IntentionalLeave,
    Kicked,
    Ready,
)
from meshvisor.shared.protocol.messages import Error
from meshvisor.shared.protocol.to_worker import (
    Credentials,
    RefreshCredentials,
    RestartConnection,
    Shutdown,
    StatusRequest,
)
from meshvisor.shared.secret import Secret
from tests.worker.conftest import StartWorker
from tests.worker.supervisor_side import QUICK


async def test_ready_comes_first_with_the_commands(
    playground: Playground, start_worker: StartWorker
) -> None:
    """`ready` names every command there is, and those that are for admins by default."""
    command("Wipe", admin=True, help="Forget all.")(lambda _ctx: None)
    worker = await start_worker(playground.server)
    ready = await worker.side.expect(Ready)
    assert ready.help["Wipe"] == "Forget all."
    assert {"about", "help", "ping", "uptime", "Wipe"} <= set(ready.commands)
    assert set(ready.admin_only) == ADMIN_COMMANDS | {"Wipe"}
    assert ready.mesh_id == "lobby"


async def test_nothing_is_connected_without_a_permit(
    playground: Playground, start_worker: StartWorker
) -> None:
    """The worker asks, waits, and connects when it may."""
    worker = await start_worker(playground.server, permits=False)
    request = await worker.side.expect(ConnectRequest)
    assert (await worker.side.status()).state == "ready"
    assert playground.connects("lobby") == []
    worker.side.permit(request)
    await worker.side.expect(Connected)
    assert (await worker.side.status()).state == "connected"
    assert playground.peers("lobby") == ["1_bot"]


async def test_nothing_is_asked_without_credentials(
    playground: Playground, start_worker: StartWorker
) -> None:
    """Credentials are awaited; they carry the peer id."""
    worker = await start_worker(playground.server, credentials=None)
    await worker.side.expect(Ready)
    await worker.side.status()
    assert worker.side.seen(ConnectRequest) == []
    worker.side.send(RefreshCredentials(credentials=Credentials(peer_id="5_phone")))
    await worker.side.expect(Connected)
    assert playground.peers("lobby") == ["5_phone"]


async def test_a_polite_shutdown(playground: Playground, start_worker: StartWorker) -> None:
    """Asked to stop, the worker leaves the room and ends well."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    worker.side.send(Shutdown(deadline=5))
    assert await worker.exit_code() == ChildExit.DONE
    await playground.wait_until_empty("lobby")
    assert await worker.side.ended is None


@pytest.mark.parametrize("moment", ["waiting for credentials", "waiting for a permit", "pausing"])
async def test_a_shutdown_at_any_moment(
    playground: Playground, start_worker: StartWorker, moment: str
) -> None:
    """A worker that is not in the room ends at once when it is asked to."""
    credentials = None if moment == "waiting for credentials" else Credentials(peer_id="1_bot")
    playground.refuse()
    worker = await start_worker(
        playground.server,
        credentials=credentials,
        permits=moment == "pausing",
        timings=replace(QUICK, backoff_first=1000, backoff_most=1000),
    )
    match moment:
        case "waiting for a permit":
            await worker.side.expect(ConnectRequest)
        case "pausing":
            await worker.side.expect(ConnectionFailed)
    worker.side.send(Shutdown(deadline=5))
    assert await worker.exit_code() == ChildExit.DONE


async def test_a_shutdown_while_the_server_does_not_answer(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A connect that hangs is given up when the worker is asked to stop."""
    playground.stall()
    worker = await start_worker(playground.server)
    await worker.side.expect(ConnectRequest)
    await worker.side.status()
    worker.side.send(Shutdown(deadline=5))
    assert await worker.exit_code() == ChildExit.DONE


async def test_an_orphan_ends_at_once(playground: Playground, start_worker: StartWorker) -> None:
    """When the supervisor is gone the worker leaves and says why."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    worker.side.close()
    assert await worker.exit_code() == ChildExit.ORPHANED
    await playground.wait_until_empty("lobby")


@pytest.mark.parametrize(
    "frame", [b"no json\n", b'{"type":"shutdown"}\n', b"[]\n", b"x" * (1024 * 1024 + 2)]
)
async def test_a_broken_supervisor(
    playground: Playground, start_worker: StartWorker, frame: bytes
) -> None:
    """A frame that cannot be understood ends the worker with an exit code of its own."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    worker.side.send_bytes(frame)
    assert await worker.exit_code() == ChildExit.PROTOCOL


async def test_an_unknown_message_is_answered_and_the_worker_stays(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A newer supervisor may know more; the worker says that it does not."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    worker.side.send_bytes(b'{"type":"make_coffee","id":77}\n')
    error = await worker.side.expect(Error)
    assert (error.reply_to, error.source) == (77, "protocol")
    assert "make_coffee" in error.error
    assert (await worker.side.status()).state == "connected"


async def test_status(playground: Playground, start_worker: StartWorker) -> None:
    """The answer carries state, uptime, lag, memory and counters."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    await playground.ask("lobby", "?ping")
    request = StatusRequest()
    status = await worker.side.request(request)
    assert status.reply_to == request.id
    status = await worker.side.status()
    assert status.uptime_seconds > 0
    assert status.event_loop_lag_ms >= 0
    assert status.memory_bytes > 1_000_000
    assert (status.counters.messages_received, status.counters.messages_sent) == (1, 1)
    assert status.last_error is None


# Losing the room


async def test_a_dropped_connection_comes_back(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A lost socket is reported, and the bot is back with a new permit."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    playground.drop("lobby")
    lost = await worker.side.expect(Disconnected)
    assert not lost.server_initiated
    await worker.side.expect(Connected)
    assert len(playground.connects("lobby")) == 2
    assert len(worker.side.seen(ConnectRequest)) == 2
    assert (await worker.side.status()).counters.reconnects == 1
    assert (await playground.ask("lobby", "?ping")).text == "pong"


async def test_a_server_that_goes_silent_is_found(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A socket that stays open but answers no ping is dead, and is replaced."""
    worker = await start_worker(playground.server, timings=replace(QUICK, request=0.3))
    await worker.side.expect(Connected)
    playground.go_silent("lobby")
    lost = await worker.side.expect(Disconnected)
    assert "no answer to a ping" in lost.reason
    assert not lost.server_initiated
    playground.go_silent("lobby", silent=False)
    await worker.side.expect(Connected)


async def test_garbage_is_ignored(playground: Playground, start_worker: StartWorker) -> None:
    """Whatever a server may say by mistake, the bot stays and answers."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    playground.send_garbage("lobby", HARMLESS)
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert worker.side.seen(Disconnected) == []


@pytest.mark.parametrize("kind", DEADLY)
async def test_after_a_broken_rule_the_bot_comes_back(
    playground: Playground, start_worker: StartWorker, kind: str
) -> None:
    """What WebSocket forbids costs the connection, and only that."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    playground.send_garbage("lobby", [kind])
    assert "had to be closed" in (await worker.side.expect(Disconnected)).reason
    await worker.side.expect(Connected)
    assert (await worker.side.status()).counters.reconnects == 1


async def test_closed_for_good(playground: Playground, start_worker: StartWorker) -> None:
    """Close code 4000 is final: reported as the server's wish, and the worker ends."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    playground.close_room("lobby")
    assert (await worker.side.expect(Disconnected)).server_initiated
    assert await worker.exit_code() == ChildExit.DONE
    assert len(playground.connects("lobby")) == 1


async def test_kicked(playground: Playground, start_worker: StartWorker) -> None:
    """Being kicked is reported as such and not as a lost connection; the worker ends."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    playground.kick("lobby", "1_bot")
    await worker.side.expect(Kicked)
    assert await worker.exit_code() == ChildExit.DONE
    assert worker.side.seen(Disconnected) == []


async def test_the_room_ends(playground: Playground, start_worker: StartWorker) -> None:
    """When the server ends the room the bot leaves for good and says so."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    playground.end_room("lobby")
    await worker.side.expect(IntentionalLeave)
    assert await worker.exit_code() == ChildExit.DONE
    assert worker.side.seen(Disconnected) == []


async def test_another_with_the_same_peer_id(
    playground: Playground, start_worker: StartWorker
) -> None:
    """The second of two bots with one peer id is sent away and does not fight for the room."""
    first = await start_worker(playground.server)
    await first.side.expect(Connected)
    second = await start_worker(playground.server)
    assert (await second.side.expect(Disconnected)).server_initiated
    assert await second.exit_code() == ChildExit.DONE
    assert second.side.seen(Connected) == []
    assert (await first.side.status()).state == "connected"


# Not getting in


async def test_failures_count_up_until_it_works(
    playground: Playground, start_worker: StartWorker
) -> None:
    """Every failed attempt is reported with its number; a success begins anew."""
    playground.refuse(status=503, times=3)
    worker = await start_worker(playground.server)
    for attempt in (1, 2, 3):
        failed = await worker.side.expect(ConnectionFailed)
        assert (failed.attempt, failed.kind) == (attempt, FailureKind.UNREACHABLE)
    await worker.side.expect(Connected)
    playground.refuse(times=1)
    playground.drop("lobby")
    assert (await worker.side.expect(ConnectionFailed)).attempt == 1
    await worker.side.expect(Connected)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, FailureKind.REFUSED),
        (404, FailureKind.REFUSED),
        (429, FailureKind.UNREACHABLE),
        (500, FailureKind.UNREACHABLE),
    ],
)
async def test_refusals_say_whose_fault_it_is(
    playground: Playground, start_worker: StartWorker, status: int, kind: FailureKind
) -> None:
    """A refusal by the server differs from a server in trouble, and its reason is quoted."""
    playground.refuse(status=status)
    worker = await start_worker(playground.server)
    failed = await worker.side.expect(ConnectionFailed)
    assert failed.kind is kind
    assert (
        failed.error
        == f"{playground.server} refused the connect: refused on request (HTTP {status})"
    )
    assert (await worker.side.status()).last_error == failed.error


async def test_a_server_that_says_when_to_come_again(
    playground: Playground, start_worker: StartWorker
) -> None:
    """The worker waits that long, says so, and is let in by the next attempt."""
    playground.refuse(status=429, times=1, retry_after=1)
    worker = await start_worker(playground.server)
    failed = await worker.side.expect(ConnectionFailed)
    assert (failed.retry_after, failed.kind) == (1.0, FailureKind.UNREACHABLE)
    await worker.side.expect(Connected)
    first, second = playground.connects("lobby")
    assert second.at - first.at >= 1.0


async def test_no_server_is_believed_to_want_a_day(
    playground: Playground, start_worker: StartWorker
) -> None:
    """Waits are bounded; a refusal of this bot is none that waiting helps."""
    playground.refuse(status=503, times=1, retry_after=3600)
    worker = await start_worker(
        playground.server, timings=replace(QUICK, longest_wait=QUICK.backoff_most)
    )
    assert (await worker.side.expect(ConnectionFailed)).retry_after == QUICK.backoff_most
    playground.refuse(status=403, times=1, retry_after=3600)
    await worker.side.expect(Connected)
    playground.drop("lobby")
    assert (await worker.side.expect(ConnectionFailed)).retry_after is None
    await worker.side.expect(Connected)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), FailureKind.OFFLINE),
        (socket.gaierror(socket.EAI_NONAME, "Name not known"), FailureKind.UNREACHABLE),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), FailureKind.OFFLINE),
        (OSError(errno.EMFILE, "Too many open files"), FailureKind.OFFLINE),
    ],
)
async def test_a_machine_without_a_network(
    start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch, error: OSError, kind: FailureKind
) -> None:
    """What this machine lacks differs from a server that is away or a name that is wrong."""

    def refused(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", refused)
    worker = await start_worker("ws://rooms.test:1")
    assert (await worker.side.expect(ConnectionFailed)).kind is kind


async def test_no_server_listens(start_worker: StartWorker, unused_tcp_port: int) -> None:
    """A server that is not there gets a sentence that says so."""
    server = f"ws://127.0.0.1:{unused_tcp_port}"
    worker = await start_worker(server)
    failed = await worker.side.expect(ConnectionFailed)
    assert (failed.error, failed.kind) == (f"nothing listens at {server}", FailureKind.UNREACHABLE)


async def test_a_server_that_does_not_answer(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A connect without any answer ends with its deadline."""
    playground.stall()
    worker = await start_worker(playground.server, timings=replace(QUICK, open=0.2))
    failed = await worker.side.expect(ConnectionFailed)
    assert failed.error == f"{playground.server} did not answer within 0.2 s"


async def test_a_room_that_does_not_let_in(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A room that never answers `fullyJoined` is a failed attempt too."""
    playground.go_silent("lobby")
    worker = await start_worker(playground.server, timings=replace(QUICK, request=0.2))
    failed = await worker.side.expect(ConnectionFailed)
    assert failed.error == "the room did not let the bot in within 0.2 s"
    assert failed.kind is FailureKind.UNREACHABLE


async def test_something_else_listens(start_worker: StartWorker) -> None:
    """A server of another kind gets a sentence and not a traceback."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        worker = await start_worker(f"ws://127.0.0.1:{port}")
        failed = await worker.side.expect(ConnectionFailed)
        assert "does not answer like a mesh server" in failed.error
        await worker.stop()


# Restarting the connection


async def test_restart_connection_uses_new_credentials(
    playground: Playground, start_worker: StartWorker
) -> None:
    """The bot leaves and joins again as the user of the newest credentials."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    worker.side.send(RefreshCredentials(credentials=Credentials(peer_id="2_bot")))
    worker.side.send(RestartConnection())
    left = await worker.side.expect(Disconnected)
    assert (left.reason, left.server_initiated) == ("the connection is being restarted", False)
    await worker.side.expect(Connected)
    assert playground.peers("lobby") == ["2_bot"]


async def test_restart_connection_ends_a_pause(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A worker that waits before its next attempt tries at once when it is asked to."""
    playground.refuse(times=1)
    worker = await start_worker(
        playground.server, timings=replace(QUICK, backoff_first=1000, backoff_most=1000)
    )
    await worker.side.expect(ConnectionFailed)
    worker.side.send(RestartConnection())
    await worker.side.expect(Connected)


async def test_restart_connection_lets_a_command_answer(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A running command sends its reply first; another request meanwhile changes nothing."""
    started, release = asyncio.Event(), asyncio.Event()

    @command("work")
    async def work(_ctx: CommandContext) -> str:
        started.set()
        await release.wait()
        return "done"

    worker = await start_worker(playground.server, timings=replace(QUICK, settle=1000))
    await worker.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    question = playground.say("lobby", "?work")
    await started.wait()
    worker.side.send(RestartConnection())
    worker.side.send(RestartConnection())
    assert (await worker.side.status()).state == "connected"
    release.set()
    assert (await playground.wait_for_reply("lobby", question)).text == "done"
    await worker.side.expect(Disconnected)
    await worker.side.expect(Connected)
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert worker.side.seen(Disconnected) == []
    assert len(playground.connects("lobby")) == 2


async def test_restart_connection_does_not_wait_for_ever(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A command that takes long does not keep the bot in the room, and goes on."""
    started, release = asyncio.Event(), asyncio.Event()

    @command("work")
    async def work(_ctx: CommandContext) -> str:
        started.set()
        await release.wait()
        return "done"

    worker = await start_worker(playground.server, timings=replace(QUICK, settle=0.02))
    await worker.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    question = playground.say("lobby", "?work")
    await started.wait()
    worker.side.send(RestartConnection())
    await worker.side.expect(Disconnected)
    await worker.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    release.set()
    assert (await playground.wait_for_reply("lobby", question)).text == "done"


async def test_a_connection_that_breaks_before_its_restart(
    playground: Playground, start_worker: StartWorker
) -> None:
    """When the room is lost while commands are waited for, the bot comes back once, and stays."""
    started, release = asyncio.Event(), asyncio.Event()

    @command("work")
    async def work(_ctx: CommandContext) -> None:
        started.set()
        await release.wait()

    worker = await start_worker(playground.server, timings=replace(QUICK, settle=1000))
    await worker.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    playground.say("lobby", "?work")
    await started.wait()
    worker.side.send(RestartConnection())
    await worker.side.status()
    playground.drop("lobby")
    await worker.side.expect(Disconnected)
    await worker.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    release.set()
    for _ in range(3):
        assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert worker.side.seen(Disconnected) == []
    assert len(playground.connects("lobby")) == 2


async def test_the_token_is_sent(start_worker: StartWorker) -> None:
    """A server that wants a bearer token gets the one from the credentials."""
    from meshvisor.playground.options import Options

    async with Playground(["lobby"], Options(token="open-sesame")) as server:
        wrong = await start_worker(server.server, credentials=Credentials(peer_id="1_a"))
        assert (await wrong.side.expect(ConnectionFailed)).kind is FailureKind.UNAUTHORIZED
        right = await start_worker(
            server.server, credentials=Credentials(peer_id="1_b", auth_token=Secret("open-sesame"))
        )
        await right.side.expect(Connected)
        await wrong.stop()
        await right.stop()
