"""What may befall a console while it is in use: one thing after the other, over TLS.

Slow viewers are in `test_stream`, floods of connections in `test_routes`, long bodies and tricks
with paths in `test_guard`.
"""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import os
import resource
import signal
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from meshvisor.shared.paths import Home
from tests.console_client import Consoles
from tests.fleet import PATIENCE

NAME = "bots.test"


def certify(folder: Path) -> ssl.SSLContext:
    """Make a certificate for 127.0.0.1 and a name, and return by what it is known."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME), loopback]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True)
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").touch(mode=0o600)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))


@pytest.fixture
async def console(home: Home) -> AsyncIterator[Consoles]:
    """Return one that speaks TLS at a port that stays its own."""
    verify = certify(home.config / "tls")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    section = {
        "port": port, "hosts": [NAME],
        "tls_certificate": "config/tls/cert.pem", "tls_key": "config/tls/key.pem",
    }  # fmt: skip
    made = Consoles(home, {"console": section}, verify)
    try:
        await made.start()
        yield made
    finally:
        await made.close()


async def test_faults_of_a_console_lose_nothing(console: Consoles) -> None:
    """TLS by file, a full disk, a console that is killed while a form is sent, and a supervisor
    that is restarted: each is said, nothing is done twice, and the session goes on.
    """
    ann = await console.first_operator("ann")
    await _speaks_tls(console, ann)
    await _says_that_the_disk_is_full(console, ann)
    await _does_nothing_twice(console, ann)
    await _goes_on_after_a_restart(console, ann)


async def _speaks_tls(console: Consoles, ann: httpx.AsyncClient) -> None:
    """The cookie is for TLS only, browsers have to stay with it, and nothing else is spoken."""
    response = await ann.get("/healthz", headers={"Host": NAME})
    assert response.headers["strict-transport-security"]
    assert all(cookie.secure for cookie in ann.cookies.jar)
    plain = (await console.url()).replace("https", "http")
    async with httpx.AsyncClient(trust_env=False) as other:
        with pytest.raises(httpx.TransportError):
            await other.get(f"{plain}/healthz")


async def _says_that_the_disk_is_full(console: Consoles, ann: httpx.AsyncClient) -> None:
    """A change is refused in a sentence, and reads go on; with room again so do changes."""
    supervisor = console.fleet.pid
    before = resource.prlimit(supervisor, resource.RLIMIT_FSIZE)
    resource.prlimit(supervisor, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        body = {"name": "full", "scopes": ["jobs:view"]}
        refused = await ann.post("/api/v1/tokens", json=body)
        assert refused.status_code == 507, refused.text
        assert "make room" in refused.json()["detail"]
        assert refused.headers["content-type"] == "application/problem+json"
        assert (await ann.get("/api/v1/jobs")).status_code == 200
        assert (await ann.get("/api/v1/tokens")).json() == {"tokens": []}
    finally:
        resource.prlimit(supervisor, resource.RLIMIT_FSIZE, before)
    again = await ann.post("/api/v1/tokens", json=body)
    assert again.status_code == 201, again.text


async def _does_nothing_twice(console: Consoles, ann: httpx.AsyncClient) -> None:
    """The console is killed with the form at the supervisor; sent again it is the same job."""
    actions = (await ann.get("/api/v1/jobs/actions")).json()["actions"]
    body = {"action": next(one["name"] for one in actions if not one["needs_mesh"])}
    hold = await ann.post("/api/v1/jobs/hold", json={"scope": "all"})
    assert hold.status_code == 200, hold.text
    key = {"Idempotency-Key": "form-1"}
    pid = await console.pid()
    supervisor = psutil.Process(console.fleet.pid)
    supervisor.suspend()
    try:
        sent = asyncio.create_task(ann.post("/api/v1/jobs", json=body, headers=key))
        process = psutil.Process(pid)
        await console.fleet.until(lambda: process.net_connections("unix"), "it to be sent on")
        os.kill(pid, signal.SIGKILL)
    finally:
        supervisor.resume()
    with pytest.raises(httpx.TransportError):
        await sent
    await console.url(besides=pid)
    again = await ann.post("/api/v1/jobs", json=body, headers=key)
    assert again.status_code == 201, again.text
    assert len((await ann.get("/api/v1/jobs")).json()["jobs"]) == 1


async def _goes_on_after_a_restart(console: Consoles, ann: httpx.AsyncClient) -> None:
    """Where the stream was left it goes on, with the same session, and says which console it is."""
    async with asyncio.timeout(PATIENCE), ann.stream("GET", "/api/v1/events/stream") as stream:
        build = stream.headers["x-meshvisor-build"]
        lines = stream.aiter_lines()
        first = [await anext(lines) for _ in range(3)]
        assert first[1:] == ["event: live", f'data: {{"build":"{build}"}}']
        await console.fleet.stop()
        assert [line async for line in lines if line.startswith("id:")] == []
    await console.fleet.command("token", "add", "meanwhile", "--scopes", "jobs:view")
    await console.start()
    seen = {"Last-Event-ID": first[0].removeprefix("id: ")}
    async with (
        asyncio.timeout(PATIENCE),
        ann.stream("GET", "/api/v1/events/stream", headers=seen) as stream,
    ):
        assert stream.status_code == 200
        found = ""
        async for line in stream.aiter_lines():
            found += line
            if "event: live" in line:
                break
    assert '"token.added","subject":"meanwhile"' in found
