from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from pathlib import Path

import pytest
from pydantic import SecretStr

from meshvisor.supervisor.platform.errors import ApiError, StatusError
from meshvisor.supervisor.platform.json_api import LARGEST_ANSWER, JsonApi
from meshvisor.supervisor.platform.signing import Keys, signature
from tests.clock import ManualClock
from tests.supervisor.platform import platform as platforms
from tests.supervisor.platform.platform import (
    CERTIFICATE,
    Answer,
    Platform,
    Status,
    raw_server,
    server_side_tls,
)

TOKEN = SecretStr("s3cret")


async def asked(url: str, token: SecretStr | None = None, deadline: float = 10.0) -> object:
    """Ask an API once."""
    api = JsonApi("the platform", url, token, deadline=deadline)
    async with api.connected() as client:
        return await api.get(client, "/things", {"a": "b c"})


async def refusal(url: str, token: SecretStr | None = None, deadline: float = 10.0) -> str:
    """Return what is said when an API cannot be asked."""
    with pytest.raises(ApiError) as caught:
        await asked(url, token, deadline)
    said = str(caught.value)
    assert said.startswith(f"the platform at {url} ")
    assert "\n" not in said
    return said


@pytest.fixture
def closed_port() -> int:
    """Return a port without a listener."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_an_answer(platform: Platform) -> None:
    """The JSON of the answer is returned; the request carries query and token."""
    platform.answer = lambda request: {"x": [1, None]}

    assert await asked(platform.url, TOKEN) == {"x": [1, None]}
    [request] = platform.requests
    assert request.path == "/things"
    assert dict(request.query) == {"a": "b c"}
    assert request.headers["Authorization"] == "Bearer s3cret"


async def test_a_post(platform: Platform) -> None:
    """What is posted arrives as JSON and is signed; the answer is returned."""
    platform.answer = lambda request: {"x": 1}
    keys = Keys(api_key=SecretStr("open"), signing_key=SecretStr("key"))
    clock = ManualClock()
    api = JsonApi("the platform", platform.url, TOKEN, keys=keys, clock=clock)
    async with api.connected() as client:
        assert await api.post(client, "/things", {"a": "\u00e9"}) == {"x": 1}

    [request], [body] = platform.requests, platform.bodies
    now = int(clock.wall() * 1000)
    assert (request.method, json.loads(body)) == ("POST", {"a": "\u00e9"})
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["X-Api-Key"] == "open"
    assert request.headers["X-Timestamp"] == str(now)
    assert request.headers["X-Signature"] == signature("key", now, "s3cret", len(body))


async def test_why_not_and_when(platform: Platform) -> None:
    """The platform's own words and its wish to be left alone come with the error."""
    too_many = Status(429, retry_after="7", content={"error": {"message": "Slow down."}})
    platform.answer = lambda request: too_many

    with pytest.raises(StatusError) as caught:
        await asked(platform.url)
    assert (caught.value.said, caught.value.retry_after) == ("Slow down", 7.0)


@pytest.mark.parametrize("token", [None, SecretStr("")])
async def test_without_a_token(platform: Platform, token: SecretStr | None) -> None:
    """No request has a token that does not exist."""
    await asked(platform.url, token)

    assert "Authorization" not in platform.requests[0].headers


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Status(500), "answers with HTTP 500$"),
        (Status(204), "answers with HTTP 204$"),
        (Status(401), "HTTP 401, so the account's token is missing or no longer"),
        (Status(404), "HTTP 404, so the address is wrong"),
        (
            Status(302, "http://a.example/\u00e9"),
            "HTTP 302, which points to 'http://a.example/",
        ),
        (b"<html>", "not JSON: '<html>'"),
        (b"", "not JSON: ''"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 10_000, "not JSON"),
        (b"x" * (LARGEST_ANSWER + 1), "answers with more than 4 MiB at once"),
    ],
    ids=range(11),
)
async def test_a_wrong_answer(platform: Platform, answer: Answer, says: str) -> None:
    """Whatever is wrong with an answer is said in one sentence."""
    platform.answer = lambda request: answer

    assert re.search(says, await refusal(platform.url))


async def test_the_status_can_be_handled(platform: Platform) -> None:
    """The caller may treat one status differently from another."""
    platform.answer = lambda request: Status(429)

    with pytest.raises(StatusError) as caught:
        await asked(platform.url)
    assert caught.value.status == 429


async def test_redirects_are_not_followed(platform: Platform) -> None:
    """The token is for the address in the settings and goes nowhere else."""
    platform.answer = lambda request: Status(307, "/other")

    await refusal(platform.url, TOKEN)
    assert platform.paths == ["/things"]


async def test_silence(platform: Platform) -> None:
    """A server that does not answer is given up after the deadline."""
    platform.held.clear()

    assert "has not answered within 0.05 seconds" in await refusal(platform.url, deadline=0.05)


async def test_an_answer_that_never_ends() -> None:
    """The deadline covers the whole answer, so that a trickle cannot hold up a caller."""

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while await reader.read(1000):
            writer.write(b" ")

    async with raw_server(trickle) as url:
        assert "has not answered within 0.05 seconds" in await refusal(url, deadline=0.05)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000,
    ],
    ids=range(5),
)
async def test_a_server_that_speaks_something_else(answer: bytes) -> None:
    """What is no HTTP is said to be none."""
    async with raw_server(answer) as url:
        assert "HTTP" in await refusal(url)


async def test_no_server_listens(closed_port: int) -> None:
    """A refused connect is said in the words of the system."""
    said = await refusal(f"http://127.0.0.1:{closed_port}")

    assert said.endswith(" cannot be reached: Connection refused")


async def test_an_unknown_name() -> None:
    """A name that no name server knows is said to be unknown."""
    assert "cannot be reached: " in await refusal("http://nowhere.invalid")


async def test_no_tls_where_tls_is_expected(platform: Platform) -> None:
    """There is no fallback to plain text."""
    assert "TLS fails" in await refusal(platform.url.replace("http", "https"), TOKEN)
    assert platform.requests == []


async def test_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose certificate is trusted gets the token."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    async with platforms.platform(server_side_tls()) as platform:
        assert await asked(platform.url, TOKEN) == {"data": []}
        assert platform.requests[0].headers["Authorization"] == "Bearer s3cret"


async def test_an_untrusted_certificate() -> None:
    """A server that answers with TLS is not yet the one that the token is for."""
    async with platforms.platform(server_side_tls()) as platform:
        assert "its certificate is wrong (self-signed" in await refusal(platform.url, TOKEN)
        assert platform.requests == []


async def test_a_certificate_of_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A good certificate is good for its own names only."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    async with platforms.platform(server_side_tls()) as platform:
        url = platform.url.replace("localhost", "127.0.0.1")
        assert "its certificate is wrong (IP address mismatch" in await refusal(url, TOKEN)
        assert platform.requests == []


async def test_tls_cannot_be_prepared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the environment asks of TLS may be impossible; that is said like anything else."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "missing" / "keys"))

    assert "No such file or directory" in await refusal("https://a.example")


@pytest.mark.parametrize("token", ["s3cret\r\nX: y", "s3cret\n", "s3cret\0"])
async def test_a_token_that_cannot_be_sent_is_not_shown(platform: Platform, token: str) -> None:
    """What no header can hold does not appear in the message either."""
    said = await refusal(platform.url, SecretStr(token))

    assert "s3cret" not in said
    assert platform.requests == []


async def test_loopback_needs_no_proxy(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    """A proxy in the environment cannot reach this machine's own loopback."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port}")

    assert await asked(platform.url) == {"data": []}


async def test_other_hosts_are_asked_through_the_proxy(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All others are asked the way that the environment says."""
    monkeypatch.setenv("http_proxy", platform.url)

    assert await asked("http://a.example") == {"data": []}


async def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong proxy is named as the cause, without its password."""
    monkeypatch.setenv("http_proxy", "nonsense://me:s3cret@a.example:1")

    said = await refusal("http://a.example")
    assert "proxy that the environment names: for http it has to be like http://host:port" in said
    assert "s3cret" not in said


async def test_a_proxy_that_is_down(monkeypatch: pytest.MonkeyPatch, closed_port: int) -> None:
    """It is said who is not there, because it is not the platform."""
    monkeypatch.setenv("https_proxy", f"http://me:s3cret@127.0.0.1:{closed_port}")

    said = await refusal("https://a.example")
    assert said.endswith(f"Connection refused (through the proxy 127.0.0.1:{closed_port})")


async def test_requests_are_not_logged(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    """The query names the device, and a line each minute is of no help."""
    caplog.set_level(logging.DEBUG)
    await asked(platform.url)

    assert not [record for record in caplog.records if record.name.startswith("http")]


# ---- What may pass -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "transient"),
    [
        (Status(500), True),
        (Status(503), True),
        (Status(401), False),
        (Status(429), False),
        (Status(302, "/other"), False),
        (b"<html>", False),
    ],
    ids=range(6),
)
async def test_answers_that_may_pass(platform: Platform, answer: Answer, transient: bool) -> None:
    """A server that has trouble may be over it soon; what it objects to will not change."""
    platform.answer = lambda request: answer

    with pytest.raises(ApiError) as caught:
        await asked(platform.url)
    assert caught.value.transient is transient


async def test_a_server_that_is_away_may_be_back(closed_port: int) -> None:
    """No server, and none that answers in time, are what a restart looks like."""
    with pytest.raises(ApiError) as caught:
        await asked(f"http://127.0.0.1:{closed_port}")
    assert caught.value.transient
    async with raw_server(b"") as url:
        with pytest.raises(ApiError) as caught:
            await asked(url)
    assert caught.value.transient


async def test_a_wrong_certificate_stays_wrong() -> None:
    """Until an operator mends it."""
    async with platforms.platform(server_side_tls()) as platform:
        with pytest.raises(ApiError) as caught:
            await asked(platform.url)
    assert not caught.value.transient
