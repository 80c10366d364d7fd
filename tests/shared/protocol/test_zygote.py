"""What supervisor and zygote say to each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.shared.protocol.zygote import (
    Exited,
    Load,
    Loading,
    PluginLoaded,
    PluginReport,
    Spawn,
    Spawned,
    SpawnFailed,
    ZygoteMessage,
    ZygoteReady,
    decode,
    encode,
)


@pytest.mark.parametrize(
    "message",
    [
        Load(),
        Load(("package.module", "other")),
        Spawn(
            1,
            "meshvisor.worker.mesh.main:run",
            "lobby",
            3,
            {"mesh_id": "lobby", "prefix": ["?", "!"]},
        ),
        ZygoteReady(),
        Load(("package.module",), only=("a",), without={"b": "why"}),
        Load(only=()),
        Loading("a"),
        PluginLoaded(PluginReport("a", True, ("x", "y"), {"actions": ({"name": "refresh"},)})),
        PluginLoaded(
            PluginReport("b", False, error="why", file="/b.py", line=3, traceback="where")
        ),
        Spawned(1, 4711),
        SpawnFailed(1, "cannot fork: Resource temporarily unavailable"),
        Exited(4711, 9),
    ],
    ids=lambda message: type(message).__name__,
)
def test_there_and_back(message: ZygoteMessage) -> None:
    """Every message is understood as it was meant, tuples included."""
    assert decode(encode(message)) == message


def test_text_that_no_encoding_takes() -> None:
    """An error may quote half a character; its report arrives as something that can be stored."""
    message = SpawnFailed(1, "half a \ud83d")
    assert encode(message).isascii()
    assert decode(encode(message)) == SpawnFailed(1, "half a ?")


@pytest.mark.parametrize(
    "datagram",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b'["Spawned"]', id="no fields"),
        pytest.param(b'["Spawned", {"id": 1}]', id="a field too few"),
        pytest.param(b'["Spawned", {"id": 1, "pid": 2, "x": 3}]', id="a field too many"),
        pytest.param(b'["Unheard", {}]', id="an unknown kind"),
        pytest.param(b'[["Spawned"], {}]', id="a kind that is no name"),
        pytest.param(b'["Load", {"plugins": 5}]', id="no list"),
        pytest.param(b'["PluginLoaded", {"report": 5}]', id="no report"),
        pytest.param(b'["PluginLoaded", {"report": {"name": "a"}}]', id="half a report"),
        pytest.param(b"17", id="no message"),
        pytest.param(encode(Spawned(1, 2))[:-3], id="cut off"),
    ],
)
def test_what_is_no_message(datagram: bytes) -> None:
    """Whatever else comes is one kind of error, which quotes it."""
    with pytest.raises(ValueError, match="not a zygote message"):
        decode(datagram)


@given(st.binary(max_size=200))
def test_random_bytes(datagram: bytes) -> None:
    """Bytes are a message or that error, never anything else."""
    try:
        decode(datagram)
    except ValueError as error:
        assert str(error).startswith("not a zygote message")  # noqa: PT017 - both ends are fine
