"""The control socket's file: closed to others, replaced when stale, removed when ours."""

from __future__ import annotations

import os
import socket
import stat

import pytest

from meshvisor.shared.paths import Home
from meshvisor.supervisor.control.socket_file import SocketFile


def test_closed_to_others(home: Home) -> None:
    """The socket has mode 0600 and its folder 0700, whatever the umask."""
    before = os.umask(0)
    try:
        with SocketFile(home.control_socket).listen():
            assert stat.S_IMODE(home.control_socket.stat().st_mode) == 0o600
            assert stat.S_IMODE(home.run.stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_stale_socket_is_replaced(home: Home) -> None:
    """A socket that a killed supervisor left does not keep the next one from listening."""
    home.run.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(home.control_socket))
    with SocketFile(home.control_socket).listen(), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(home.control_socket))


def test_socket_of_a_newer_server_stays(home: Home) -> None:
    """A slow stop does not remove the socket of the supervisor that came after."""
    old, new = SocketFile(home.control_socket), SocketFile(home.control_socket)
    with old.listen() as ended:
        ended.close()
        with new.listen():
            old.remove()
            assert home.control_socket.exists()
        new.remove()
        new.remove()
        assert not home.control_socket.exists()


def test_socket_that_answers_stays(home: Home) -> None:
    """Where one process listens no other does, even while the queue of clients is full."""
    first, second = SocketFile(home.control_socket), SocketFile(home.control_socket)
    with first.listen(), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(home.control_socket))
        with pytest.raises(OSError, match="another supervisor listens there"):
            second.listen()
        assert first.is_there


def test_socket_after_the_end(home: Home) -> None:
    """Removing it twice is fine."""
    new = SocketFile(home.control_socket)
    with new.listen():
        new.remove()
        new.remove()
        assert not home.control_socket.exists()


def test_folder_that_cannot_be_made(home: Home) -> None:
    """Something in the way is an error of the operating system."""
    home.var.write_text("")
    with pytest.raises(OSError, match="var"):
        SocketFile(home.control_socket).listen()


@pytest.mark.parametrize("target", ["nowhere", "/nowhere/at/all", "control.sock"])
def test_link_that_leads_to_nothing(home: Home, target: str) -> None:
    """It is no socket with a listener, and is replaced."""
    home.run.mkdir(parents=True)
    home.control_socket.symlink_to(target)
    with SocketFile(home.control_socket).listen():
        assert home.control_socket.is_socket()
        assert not home.control_socket.is_symlink()


def test_socket_of_another_kind(home: Home) -> None:
    """What takes datagrams is no server of ours."""
    home.run.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(home.control_socket))
        with SocketFile(home.control_socket).listen(), socket.socket(socket.AF_UNIX) as client:
            client.connect(str(home.control_socket))
