from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from benchmarks.processes import (
    clients_of,
    cpu_seconds,
    family_of,
    owns_port,
    unique_megabytes,
    wait_until_gone,
)


def test_waiting_names_who_is_left() -> None:
    """What ended, even as a zombie, is gone; what still runs is returned after the deadline."""
    with (
        subprocess.Popen(["true"]) as short,
        subprocess.Popen(["sleep", "60"]) as long,
    ):
        assert wait_until_gone([short.pid], timeout=10) == set()
        assert wait_until_gone([short.pid, long.pid], timeout=0.01) == {long.pid}
        long.kill()


def test_a_family_has_grandchildren_and_no_dead() -> None:
    """Descendants of all generations belong to it; a process that is gone has no family."""
    script = "sleep 60 & echo $!; wait"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        grandchild = int(parent.stdout.readline())
        assert {one.pid for one in family_of(parent.pid)} == {parent.pid, grandchild}
        os.kill(grandchild, 9)
    assert family_of(parent.pid) == []


def test_sizes_of_this_process() -> None:
    """Memory that is touched shows as unique, and work shows as CPU time."""
    before, began = unique_megabytes(os.getpid()), cpu_seconds([os.getpid()])
    block = bytearray(os.urandom(32 * 2**20))
    assert unique_megabytes(os.getpid()) - before == pytest.approx(32, abs=8)
    assert cpu_seconds([os.getpid()]) > began
    assert block


def test_a_port_tells_its_owner() -> None:
    """The local port of a connection leads to the process that holds it."""
    script = (
        "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
        "sys.stdin.read()"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = str(server.getsockname()[1])
        with subprocess.Popen(
            [sys.executable, "-c", script, address], stdin=subprocess.PIPE
        ) as client:
            connection, (_, port) = server.accept()
            with connection:
                assert clients_of(int(address)) == {port: client.pid}
                assert owns_port(client.pid, port)
                assert not owns_port(client.pid, port - 1)
            client.kill()


def test_a_port_that_leads_to_two_places_has_two_owners() -> None:
    """One local port may belong to several processes; the other end tells which one is meant."""
    script = (
        "import socket, sys; s = socket.socket();"
        "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);"
        "s.bind(('127.0.0.1', 0)); s.connect(('127.0.0.1', int(sys.argv[1]))); sys.stdin.read()"
    )
    with (
        socket.create_server(("127.0.0.1", 0)) as meant,
        socket.create_server(("127.0.0.1", 0)) as other,
        socket.socket() as ours,
    ):
        address = str(meant.getsockname()[1])
        with subprocess.Popen(
            [sys.executable, "-c", script, address], stdin=subprocess.PIPE
        ) as client:
            connection, source = meant.accept()
            with connection:
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                ours.bind(source)
                ours.connect(other.getsockname())
                assert clients_of(int(address)) == {source[1]: client.pid}
                assert clients_of(other.getsockname()[1]) == {source[1]: os.getpid()}
            client.kill()
