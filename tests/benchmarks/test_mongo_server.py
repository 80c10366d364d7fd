from __future__ import annotations

import os

import psutil
from pymongo import MongoClient

from benchmarks.directory import DirectorySize
from benchmarks.mongo_server import mongo_server


def test_who_is_connected_is_seen_from_outside() -> None:
    """The server is filled by a client that has left; connections count from the first one on."""
    with mongo_server(DirectorySize(admins=2, permissions=1)) as server:
        assert server.clients() == set()
        with MongoClient(server.config["uri"]) as client:  # type: ignore[var-annotated]
            database = client.get_database()
            admins = [one["isActive"] for one in database["admin_users"].find()]
            permissions = [one["requiresAdmin"] for one in database["command_permissions"].find()]
            assert server.clients() == {os.getpid()}
            assert server.connections() >= 1
        assert admins == [True, True]
        assert permissions == [True]


def test_a_frozen_server_is_ended_like_any_other() -> None:
    """Nothing is left of a server that was stopped by SIGSTOP."""
    with mongo_server(DirectorySize(admins=1, permissions=1)) as server:
        server.freeze()
    assert not psutil.pid_exists(server.process.pid)
