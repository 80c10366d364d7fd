"""The client of the control socket, and every way in which it can fail to get an answer."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.control.conversation import SOCKET_FOLDER, SOCKET_NAME
from meshvisor.shared.errors import MeshvisorError, MissingError, NotRunningError, UsageError
from meshvisor.shared.paths import Home

Script = Callable[[socket.socket], None]


@contextmanager
def serving(home: Home, script: Script) -> Iterator[None]:
    """Listen on the home's socket and treat one client as `script` says."""
    home.run.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.control_socket))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(ConnectionError):
                script(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            thread.join(10)
        assert not thread.is_alive()


@contextmanager
def failing(
    home: Home, script: Script, kind: type[MeshvisorError], match: str | None = None
) -> Iterator[ControlClient]:
    """Give a client of such a server to a block that must raise exactly `kind`."""
    with (
        serving(home, script),
        ControlClient(home.root, timeout=1) as client,
        pytest.raises(kind, match=match),
    ):
        yield client


def answering(*frames: object) -> Script:
    """Read a request, then send frames (bytes as they are)."""

    def script(connection: socket.socket) -> None:
        connection.recv(65536)
        for frame in frames:
            data = frame if isinstance(frame, bytes) else json.dumps(frame).encode() + b"\n"
            connection.sendall(data)

    return script


def test_looks_where_the_server_listens(home: Home) -> None:
    """Client and server agree on the place of the socket."""
    assert home.root / SOCKET_FOLDER / SOCKET_NAME == home.control_socket


def test_result(home: Home) -> None:
    """The result of a successful answer is returned."""
    success = {"reply_to": 1, "ok": True, "result": {"a": 1}}
    with serving(home, answering(success)), ControlClient(home.root) as client:
        assert client.request("status") == {"a": 1}


def test_request_on_the_wire(home: Home) -> None:
    """A request is one line of JSON with version, id and type."""
    received: list[bytes] = []

    def script(connection: socket.socket) -> None:
        received.append(connection.recv(65536))
        connection.sendall(b'{"reply_to":1,"ok":true}\n')

    with serving(home, script), ControlClient(home.root) as client:
        client.request("block", mesh_id="a", duration=None)
    assert received == [b'{"v":1,"id":1,"type":"block","mesh_id":"a","duration":null}\n']


def test_answer_in_pieces(home: Home) -> None:
    """An answer may come in any pieces."""
    pieces = [bytes([byte]) for byte in b'{"reply_to":1,"ok":true,"result":5}\n']
    with serving(home, answering(*pieces)), ControlClient(home.root) as client:
        assert client.request("status") == 5


def test_late_answers_to_others_are_skipped(home: Home) -> None:
    """An answer to an earlier request that was given up does not become the answer to this one."""
    frames = ({"reply_to": 0, "ok": True, "result": "old"}, {"reply_to": 1, "ok": True})
    with serving(home, answering(*frames)), ControlClient(home.root) as client:
        assert client.request("status") is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [(1, MeshvisorError), (2, UsageError), (3, MissingError), (4, NotRunningError)],
)
def test_refusal(home: Home, code: int, kind: type[MeshvisorError]) -> None:
    """The supervisor's sentence and exit code become the error."""
    refusal = {"reply_to": 1, "ok": False, "error": "No.", "exit_code": code}
    with failing(home, answering(refusal), kind, r"^No\.$") as client:
        client.request("status")


def test_stream(home: Home) -> None:
    """Events come one by one until the reply."""
    frames: list[object] = [{"reply_to": 1, "event": {"n": n}} for n in range(3)]
    frames.append({"reply_to": 1, "ok": True})
    with serving(home, answering(*frames)), ControlClient(home.root) as client:
        assert [event["n"] for event in client.stream("logs")] == [0, 1, 2]


def test_no_socket(home: Home) -> None:
    """Without a socket no supervisor runs, which is said with the next step."""
    with pytest.raises(NotRunningError, match="meshvisor run"):
        ControlClient(home.root)


def test_no_home(home: Home) -> None:
    """A home that does not exist has no supervisor either."""
    with pytest.raises(NotRunningError):
        ControlClient(home.root / "nowhere")


def test_stale_socket(home: Home) -> None:
    """A socket without a listener counts as no supervisor."""
    home.run.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(home.control_socket))
    with pytest.raises(NotRunningError):
        ControlClient(home.root)


def test_full_queue(home: Home) -> None:
    """A queue of connections that is full is tried again until there is room, or time is up."""
    home.run.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.control_socket))
        listener.listen(0)
        with ControlClient(home.root), pytest.raises(MeshvisorError, match="does not answer"):
            ControlClient(home.root, timeout=0.05)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_socket_of_another_user(home: Home) -> None:
    """A socket that one may not use is said to be just that."""
    home.run.mkdir(parents=True)
    home.run.chmod(0o700)
    home.root.chmod(0o755)
    os.seteuid(65534)
    try:
        with pytest.raises(MeshvisorError, match="as the user who runs the supervisor"):
            ControlClient(home.root)
    finally:
        os.seteuid(0)


def test_silence(home: Home) -> None:
    """A supervisor that does not answer in time is said to hang."""
    release = threading.Event()

    def script(_connection: socket.socket) -> None:
        release.wait(10)

    with failing(home, script, MeshvisorError, "does not answer") as client:
        try:
            client.request("status", timeout=0.05)
        finally:
            release.set()


def test_going_away(home: Home) -> None:
    """A supervisor that ends in the middle is said to have gone."""
    with failing(home, answering(b'{"reply_to":1,'), NotRunningError, "went away") as client:
        client.request("status")


@pytest.mark.parametrize(
    "garbage", [b"hello\n", b"[1]\n", b'{"ok":true}\n', b"x" * (1 << 20) + b"xx"]
)
def test_garbage(home: Home, garbage: bytes) -> None:
    """What is no answer is said to be unreadable, or ends with the connection."""
    with failing(home, answering(garbage), MeshvisorError) as client:
        next(client.stream("logs"))


def test_reason_of_a_refused_connection(home: Home) -> None:
    """A server that refuses before it reads has its reason shown."""

    def script(connection: socket.socket) -> None:
        connection.sendall(b'{"reply_to":null,"ok":false,"error":"Not you.","exit_code":2}\n')

    with failing(home, script, UsageError, "Not you") as client:
        client.request("status")


def test_too_much_for_one_request(home: Home) -> None:
    """A request that is longer than a frame is not sent."""
    with failing(home, lambda _connection: None, UsageError, "fewer") as client:
        client.request("start", mesh_ids=["x" * 100] * 20_000)


def test_starts_fast() -> None:
    """The client loads neither asyncio nor pydantic nor anything else that takes its time."""
    program = (
        "import sys; import meshvisor.shared.control.client\n"
        "slow = {'asyncio', 'pydantic', 'msgspec', 'pathlib', 'dataclasses', 'inspect', 'click'}\n"
        "print(*((slow | {'logging'}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_numbers_that_json_does_not_have(home: Home) -> None:
    """What no view could show is unknown."""
    success = b'{"reply_to": 1, "ok": true, "result": {"a": NaN, "b": [-Infinity, 1.5]}}\n'
    with serving(home, answering(success)), ControlClient(home.root) as client:
        assert client.request("status") == {"a": None, "b": [None, 1.5]}
