"""Real Matrix homeservers, and people on them.

One server is shared by all tests and all their processes: starting one takes seconds of processor
time.  So every test makes users and rooms of its own.
"""

from __future__ import annotations

import abc
import asyncio
import base64
import fcntl
import itertools
import os
import secrets
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import pytest

from tests.irc_servers import free_port
from tests.programs import give_up

PATIENCE: Final = 60.0
"""Seconds that a test waits for what takes milliseconds, on however busy a machine."""

START: Final = 200.0
"""Seconds that a server may take to start."""

DOMAIN: Final = "test.local"

ROOT: Final = Path(__file__).parents[1]

SYNAPSE: Final = ROOT / ".venv" / "synapse" / "bin" / "python"
"""In an environment of its own, which `make peers` makes: it is AGPL, and no part of this."""

DENDRITE: Final = ROOT / ".venv" / "dendrite" / "dendrite"
"""What `make dendrite` builds, which takes minutes: only long tests are run against it."""

PASSWORD: Final = "a secret"
"""Of all accounts."""

_RATE: Final = "{per_second: 10000, burst_count: 10000}"

SYNAPSE_SETTINGS: Final = f"""
server_name: {DOMAIN}
pid_file: {{folder}}/homeserver.pid
listeners:
  - bind_addresses: [127.0.0.1]
    port: {{port}}
    type: http
    resources: [{{{{names: [client], compress: false}}}}]
database: {{{{name: sqlite3, args: {{{{database: "{{folder}}/homeserver.db"}}}}}}}}
log_config: {{folder}}/log.yaml
media_store_path: {{folder}}/media
signing_key_path: {{folder}}/signing.key
registration_shared_secret: secret
macaroon_secret_key: secret
form_secret: secret
report_stats: false
trusted_key_servers: []
suppress_key_server_warning: true
enable_registration: true
enable_registration_without_verification: true
bcrypt_rounds: 4
presence: {{{{enabled: false}}}}
"""

SYNAPSE_LIMITS: Final = "rc_message: {per_second: 2, burst_count: 4}\n"
"""As by default, but ten times as many a second, for tests that wait for them."""

SYNAPSE_WITHOUT_LIMITS: Final = f"rc_message: {_RATE}\n"

SYNAPSE_OTHER_LIMITS: Final = f"""
rc_registration: {_RATE}
rc_room_creation: {_RATE}
rc_login:
  address: {_RATE}
  account: {_RATE}
  failed_attempts: {_RATE}
rc_joins:
  local: {_RATE}
  remote: {_RATE}
rc_invites:
  per_room: {_RATE}
  per_user: {_RATE}
  per_issuer: {_RATE}
"""

DENDRITE_SETTINGS: Final = f"""
version: 2
global:
  server_name: {DOMAIN}
  private_key: signing.pem
  disable_federation: true
  jetstream: {{in_memory: true}}
client_api:
  registration_disabled: false
  rate_limiting: {{enabled: false}}
user_api: {{bcrypt_cost: 4, account_database: {{connection_string: "file:users.db"}}}}
room_server: {{database: {{connection_string: "file:rooms.db"}}}}
sync_api: {{database: {{connection_string: "file:sync.db"}}}}
key_server: {{database: {{connection_string: "file:keys.db"}}}}
federation_api: {{database: {{connection_string: "file:federation.db"}}}}
media_api: {{base_path: ./media, database: {{connection_string: "file:media.db"}}}}
mscs: {{database: {{connection_string: "file:mscs.db"}}}}
relay_api: {{database: {{connection_string: "file:relay.db"}}}}
logging: [{{type: std, level: warn}}]
"""
"""With SQLite, each of its parts needs a database of its own."""

KEY: Final = base64.b64encode(bytes(32)).decode()
"""What servers sign with; nothing that is signed leaves the test."""

DENDRITE_KEY: Final = (
    "-----BEGIN MATRIX PRIVATE KEY-----\nKey-ID: ed25519:test\n\n"
    f"{KEY}\n-----END MATRIX PRIVATE KEY-----\n"
)

LOG: Final = "{version: 1, disable_existing_loggers: true}\n"


class Homeserver(abc.ABC):
    """A server with a folder of its own, which it keeps when it is started again.

    Args:
        folder: of its settings and its database; made if need be.
        port: on the loopback interface.
        has_limits: whether it limits how much a user may say, as servers do by default.
    """

    def __init__(self, folder: Path, port: int, *, has_limits: bool = False) -> None:
        self._folder = folder
        self._has_limits = has_limits
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    @abc.abstractmethod
    def _prepare(self) -> list[str]:
        """Write its settings; return the command that starts it."""

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._folder.mkdir(exist_ok=True)
        command = self._prepare()
        # What it is made of is compiled by its first start, and not by each.
        environment = {**os.environ}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                command, stdout=output, stderr=output, cwd=self._folder, env=environment
            )
        wait_until_answers(self.url, self._process, self._folder / "output")

    @property
    def pid(self) -> int:
        """Of its process."""
        assert self._process is not None
        return self._process.pid

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """Have it be gone from one moment to the next.  Idempotent."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None


class Synapse(Homeserver):
    """The reference server, in Python."""

    def _prepare(self) -> list[str]:
        settings = self._folder / "homeserver.yaml"
        written = SYNAPSE_SETTINGS.format(folder=self._folder, port=self.port)
        limits = SYNAPSE_LIMITS if self._has_limits else SYNAPSE_WITHOUT_LIMITS
        settings.write_text(written + limits + SYNAPSE_OTHER_LIMITS)
        (self._folder / "log.yaml").write_text(LOG)
        (self._folder / "signing.key").write_text(f"ed25519 a_test {KEY.rstrip('=')}\n")
        return [str(SYNAPSE), "-m", "synapse.app.homeserver", "--config-path", str(settings)]


class Dendrite(Homeserver):
    """A server in Go, whose sync and whose refusals are not those of Synapse."""

    def _prepare(self) -> list[str]:
        settings = self._folder / "dendrite.yaml"
        settings.write_text(DENDRITE_SETTINGS)
        (self._folder / "signing.pem").write_text(DENDRITE_KEY)
        return [
            *(str(DENDRITE), "--config", str(settings), "--really-enable-open-registration"),
            *("--http-bind-address", f"127.0.0.1:{self.port}"),
        ]


def wait_until_answers(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    """Return when a homeserver answers."""
    end = time.monotonic() + START
    while True:
        try:
            urllib.request.urlopen(f"{url}/_matrix/client/versions", timeout=5).read()
        except OSError:
            said = output.read_text(errors="replace")[-2000:]
        else:
            return
        assert process.poll() is None, f"the homeserver has ended: {said}"
        assert time.monotonic() < end, f"the homeserver does not answer: {said}"
        time.sleep(0.1)


@contextmanager
def shared(folder: Path, start: Callable[[Path], tuple[str, Callable[[], None]]]) -> Iterator[str]:
    """Share a server with the other processes of a test run; return where it is.

    The one that has started it waits at its end for those that use it.

    Args:
        folder: the same for all of them.
        start: starts the server in a folder; returns its address and how it is stopped.
    """
    folder.mkdir(exist_ok=True)
    stop = None
    with (folder / "starting").open("w") as starting, (folder / "users").open("w") as users:
        fcntl.flock(starting, fcntl.LOCK_EX)
        place = folder / "address"
        if not place.exists():
            address, stop = start(folder)
            place.write_text(address)
        fcntl.flock(users, fcntl.LOCK_SH)
        fcntl.flock(starting, fcntl.LOCK_UN)
        try:
            yield place.read_text()
        finally:
            if stop is not None:
                fcntl.flock(users, fcntl.LOCK_EX)
                stop()


def require_homeserver(name: str) -> None:
    """Skip the running test unless a server of `KINDS` is there."""
    if name == "dendrite" and not DENDRITE.exists():
        # With CI=true, too: `make test-long` builds it where there is Go.
        pytest.skip("The tests with Dendrite need it and Go to build it: run 'make dendrite'")
    if name == "synapse" and not SYNAPSE.exists():
        give_up("The tests with a Matrix homeserver need Synapse: run 'make peers'")


@contextmanager
def shared_homeserver(name: str, factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run one server of `KINDS` for all processes of this test run; yield its address."""
    require_homeserver(name)
    base = factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent

    def start(folder: Path) -> tuple[str, Callable[[], None]]:
        server = KINDS[name](folder / "server", free_port())
        try:
            server.start()
        except BaseException:
            server.kill()
            raise
        return server.url, server.kill

    with shared(base / name, start) as url:
        yield url


KINDS: Final[Mapping[str, type[Homeserver]]] = {"synapse": Synapse, "dendrite": Dendrite}

BOTH: Final = ("synapse", pytest.param("dendrite", marks=pytest.mark.long))
"""Parameters of what is tested with each; `make test` does without the one that takes long to
build."""


class RefusedError(Exception):
    """A server did not do what it was asked for."""


_numbers = itertools.count(1)


@dataclass
class Person:
    """A user with an account, and a client that was not written here."""

    url: str
    http: aiohttp.ClientSession
    user_id: str
    token: str
    since: str = ""

    @classmethod
    async def register(cls, url: str, http: aiohttp.ClientSession, name: str = "") -> Person:
        """Make a new account."""
        unique = f"{name or 'user'}-{os.getpid()}-{next(_numbers)}-{secrets.token_hex(3)}"
        content = {
            "username": unique,
            "password": PASSWORD,
            "auth": {"type": "m.login.dummy"},
        }
        async with http.post(f"{url}/_matrix/client/v3/register", json=content) as answer:
            found = await answer.json()
            assert answer.status == 200, found
        return cls(url, http, found["user_id"], found["access_token"])

    async def ask(
        self, method: str, path: str, content: Any = None, **query: str
    ) -> dict[str, Any]:
        """Make a request of the client-server API."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.url}/_matrix/client/v3{path}"
        async with (
            asyncio.timeout(PATIENCE),
            self.http.request(
                method, url, json=content, params=query or None, headers=headers
            ) as answer,
        ):
            found: dict[str, Any] = await answer.json()
            if answer.status != 200:
                raise RefusedError(f"{method} {path}: {answer.status} {found}")
            return found

    async def create(self, *invited: str, **options: Any) -> str:
        """Make a room, and return its id."""
        content = {"preset": "public_chat", "invite": list(invited), **options}
        return str((await self.ask("POST", "/createRoom", content))["room_id"])

    async def join(self, room: str) -> None:
        """Go into a room."""
        await self.ask("POST", f"/join/{quote(room)}", {})

    async def leave(self, room: str) -> None:
        """Leave a room."""
        await self.ask("POST", f"/rooms/{quote(room)}/leave", {})

    async def send(
        self, room: str, content: Mapping[str, Any], kind: str = "m.room.message"
    ) -> str:
        """Send an event, and return its id."""
        path = f"/rooms/{quote(room)}/send/{kind}/{secrets.token_hex(8)}"
        return str((await self.ask("PUT", path, content))["event_id"])

    async def say(self, room: str, text: str, **more: Any) -> str:
        """Say something, and return the id of the message."""
        return await self.send(room, {"msgtype": "m.text", "body": text, **more})

    async def state(self, room: str, kind: str, content: Mapping[str, Any], key: str = "") -> None:
        """Change the state of a room."""
        await self.ask("PUT", f"/rooms/{quote(room)}/state/{kind}/{quote(key)}", content)

    async def do(self, room: str, what: str, user: str, reason: str = "") -> None:
        """Kick, ban, unban or invite a user."""
        content = {"user_id": user, **({"reason": reason} if reason else {})}
        await self.ask("POST", f"/rooms/{quote(room)}/{what}", content)

    async def begin(self) -> None:
        """Hear from now on what happens."""
        # Synapse answers the same first question with the same answer for two minutes.
        unlike = f'"presence":{{"not_senders":["@{secrets.token_hex(4)}:invalid"]}}'
        little = f'{{"room":{{"timeline":{{"limit":1}}}},{unlike}}}'
        found = await self.ask("GET", "/sync", timeout="0", filter=little)
        self.since = found["next_batch"]

    async def news(self, room: str) -> list[dict[str, Any]]:
        """Return what has happened in a room since the last call; waits for something."""
        found = await self.ask("GET", "/sync", timeout="10000", since=self.since)
        self.since = found["next_batch"]
        rooms = found.get("rooms", {})
        here = rooms.get("join", {}).get(room) or rooms.get("leave", {}).get(room) or {}
        events: list[dict[str, Any]] = here.get("timeline", {}).get("events", [])
        return events

    async def heard(self, room: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next event of a room that fits."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for event in await self.news(room):
                    if fits(event):
                        return event
