from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession

from meshvisor.features.watch_party.protoo.client import RefusedError, connect
from meshvisor.features.watch_party.protoo.control import request_fault, request_state
from meshvisor.playground.accounts import LINK_LIFETIME, LINKS_A_MINUTE, User
from meshvisor.playground.options import Options
from meshvisor.playground.rest import SIGNATURE_AGE
from meshvisor.playground.server import Playground
from tests.clock import ManualClock

BOT = "bot@example.org"


class Api:
    """The addresses of a playground, asked over HTTP."""

    def __init__(self, playground: Playground, client: ClientSession) -> None:
        self.playground = playground
        self.client = client

    async def ask(
        self, method: str, path: str, content: object = None, **headers: str
    ) -> tuple[int, Any]:
        """Return status and JSON of an answer."""
        async with self.client.request(method, path, headers=headers, json=content) as answer:
            return answer.status, await answer.json()

    async def data(self, method: str, path: str, content: object = None, **headers: str) -> Any:
        """Return the data of an answer that must be good."""
        status, body = await self.ask(method, path, content, **headers)
        assert status == 200, body
        return body["data"]

    async def link(self) -> Any:
        """Ask for a link."""
        return await self.data("POST", "/auth/link", {"email": BOT, "deviceId": "d1"})

    async def state(self, link: Any) -> Any:
        """Return what has become of a link."""
        return await self.data("GET", f"/auth/status?id={link['id']}")

    async def click(self, link: Any) -> tuple[int, str]:
        """Follow a link; return status and text of the page."""
        async with self.client.get(link["link"]) as page:
            assert page.content_type == "text/html"
            return page.status, await page.text()

    async def session(self) -> Any:
        """Log in as far as to a session."""
        link = await self.link()
        await self.click(link)
        return await self.data("POST", "/auth/session", {"jwt": (await self.state(link))["jwt"]})

    async def token(self) -> str:
        """Log in."""
        session = await self.session()
        data = await self.data("POST", "/auth/login", with_device(session))
        token: str = data["token"]
        return token


def with_device(session: Any) -> dict[str, str]:
    """Return what logs in with a session."""
    parse_id, session_token = session["parseId"], session["sessionToken"]
    return {"parseId": parse_id, "parseToken": session_token, "deviceId": "d1", "ssaid": "s1"}


@asynccontextmanager
async def asking(options: Options | None = None) -> AsyncIterator[Api]:
    """Run a playground with one room and ask it."""
    async with (
        Playground(1, options) as playground,
        ClientSession(playground.url) as client,
    ):
        yield Api(playground, client)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """Return a playground that is asked."""
    async with asking() as asked:
        yield asked


async def test_the_whole_way() -> None:
    """A link, its click, a session, a token, and who that is."""
    said: list[str] = []
    async with asking(Options(say=said.append)) as api:
        link = await api.link()
        assert link["expiresIn"] == LINK_LIFETIME
        assert link["link"].startswith(f"{api.playground.url}/auth/click/")
        assert said == [f"Link for {BOT}, good for 10 minutes: {link['link']}"]
        assert await api.state(link) == {"state": "pending"}
        status, page = await api.click(link)
        assert (status, f"You are logged in as {BOT}" in page) == (200, True)
        answer = await api.state(link)
        assert answer["state"] == "authenticated"
        session = await api.data("POST", "/auth/session", {"jwt": answer["jwt"]})
        assert session["parseId"] == User(BOT).parse_id
        assert session["sessionToken"].startswith("r:")
        token = (await api.data("POST", "/auth/login", with_device(session)))["token"]
        who = await api.data("GET", "/users/self", Authorization=f"Bearer {token}")
        assert who == {"id": User(BOT).id, "handle": "bot"}


async def test_a_second_click(api: Api) -> None:
    """A link works once."""
    link = await api.link()
    await api.click(link)
    status, page = await api.click(link)
    assert (status, "used already" in page) == (410, True)


async def test_a_look_is_no_click(api: Api) -> None:
    """A program that only asks for the head of the page has not clicked the link."""
    link = await api.link()
    async with api.client.head(link["link"]) as answer:
        assert answer.status == 405
    assert await api.state(link) == {"state": "pending"}


async def test_an_unknown_link(api: Api) -> None:
    """A link from nowhere is a page that says so, and a status of nothing is not found."""
    status, page = await api.click({"link": f"{api.playground.url}/auth/click/x"})
    assert (status, "no such link" in page) == (404, True)
    assert (await api.ask("GET", "/auth/status?id=x"))[0] == 404
    assert (await api.ask("GET", "/auth/status"))[0] == 404


async def test_pages_are_escaped(api: Api) -> None:
    """An address is text on the page, whatever it looks like, and nothing is loaded."""
    email = "<script>@example.org"
    link = await api.data("POST", "/auth/link", {"email": email, "deviceId": "d"})
    async with api.client.get(link["link"]) as page:
        text = await page.text()
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<script>" not in text
    assert "&lt;script&gt;@example.org" in text


async def test_an_expired_link() -> None:
    """After its time a link is expired, for the waiting client and for a click."""
    clock = ManualClock()
    async with asking(Options(clock=clock)) as api:
        link = await api.link()
        clock.advance(LINK_LIFETIME)
        assert await api.state(link) == {"state": "expired"}
        status, page = await api.click(link)
        assert (status, "has expired" in page) == (410, True)


async def test_too_many_links() -> None:
    """The sixth link within a minute is refused, with when to come again."""
    async with asking(Options(clock=ManualClock())) as api:
        for _ in range(LINKS_A_MINUTE):
            await api.link()
        content = {"email": BOT, "deviceId": "d1"}
        async with api.client.post("/auth/link", json=content) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "60")
            assert "too many links" in (await answer.json())["error"]["message"]


@pytest.mark.parametrize(
    ("path", "content", "says"),
    [
        ("/auth/link", {"email": "bot", "deviceId": "d"}, "email must be an address"),
        ("/auth/link", {"email": BOT}, "deviceId must be a text"),
        ("/auth/link", {"email": 7, "deviceId": "d"}, "email must be a text"),
        ("/auth/link", [BOT], "the body must be a JSON object"),
        ("/auth/session", {"jwt": ""}, "jwt must be a text"),
        ("/auth/login", {"parseId": "p", "parseToken": "t", "deviceId": "d"}, "ssaid must be"),
    ],
)
async def test_wrong_bodies(api: Api, path: str, content: object, says: str) -> None:
    """What is wrong with a body is said in a sentence."""
    status, body = await api.ask("POST", path, content)
    assert status == 400
    assert body["error"]["message"].startswith(says)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
async def test_no_json(api: Api, body: bytes) -> None:
    """What is no JSON is refused like any other wrong body."""
    async with api.client.post("/auth/link", data=body) as answer:
        assert answer.status == 400


async def test_what_was_not_issued(api: Api) -> None:
    """Made-up JWTs, sessions and tokens are refused with 401."""
    session = {"parseId": "p", "sessionToken": "r:x"}
    assert (await api.ask("POST", "/auth/session", {"jwt": "x"}))[0] == 401
    assert (await api.ask("POST", "/auth/login", with_device(session)))[0] == 401
    assert (await api.ask("GET", "/users/self"))[0] == 401
    assert (await api.ask("GET", "/users/self", Authorization="Basic x"))[0] == 401


# ---- Who is let in -------------------------------------------------------------------------------


async def test_without_the_option(api: Api) -> None:
    """Without the option neither discovery nor rooms want to know who comes."""
    async with api.client.get("/meshes/self") as answer:
        assert answer.status == 200
    async with connect(api.playground.server, "lobby", "1_a"):
        pass


async def test_login_is_required() -> None:
    """With it both want a token that was issued here and is still valid."""
    async with asking(Options(require_login=True)) as api:
        server, token = api.playground.server, await api.token()
        headers = {"Authorization": f"Bearer {token}"}
        for path in ("/meshes/self", "/meshes/lobby"):
            async with api.client.get(path) as answer:
                assert answer.status == 401
            async with api.client.get(path, headers=headers) as answer:
                assert answer.status == 200
        with pytest.raises(RefusedError, match="401"):
            await connect(server, "lobby", "1_a").__aenter__()
        async with api.client.get("/users/self", headers=headers) as answer:
            own = f"{(await answer.json())['data']['id']}_a"
        async with api.client.ws_connect(
            f"{api.playground.url}/?roomId=lobby&peerId={own}",
            protocols=["protoo"],
            headers=headers,
        ):
            pass
        for other in ("1_a", "1", f"{own[:-3]}_a", f"_{own}"):
            with pytest.raises(RefusedError, match="another user's") as caught:
                await connect(server, "lobby", other, token=token).__aenter__()
            assert caught.value.status == 403
        await request_fault(server, "logout")
        async with api.client.get("/meshes/self", headers=headers) as answer:
            assert answer.status == 401


async def test_a_fixed_token_opens_as_well() -> None:
    """A peer with the token of the options need not log in, and no other is let in by it."""
    async with asking(Options(require_login=True, token="right")) as api:
        for token, status in [("right", 200), (await api.token(), 200), ("wrong", 401)]:
            headers = {"Authorization": f"Bearer {token}"}
            async with api.client.get("/meshes/self", headers=headers) as answer:
                assert answer.status == status


# ---- Signatures ----------------------------------------------------------------------------------


def signed(clock: ManualClock, token: str = "", length: int = 0, late: float = 0) -> dict[str, str]:
    """Return the headers of a signed request."""
    timestamp = int((clock.wall() - late) * 1000)
    text = f"{timestamp}:{token}:{length}".encode()
    signature = b64encode(hmac.digest(b"key", text, hashlib.sha256)).decode()
    headers = {"X-Timestamp": str(timestamp), "X-Signature": signature}
    return {**headers, "Authorization": f"Bearer {token}"} if token else headers


async def test_signatures() -> None:
    """With a key, REST requests are answered only with the right signature; pages need none."""
    clock = ManualClock()
    async with asking(Options(signing_key="key", clock=clock)) as api:

        async def status(headers: dict[str, str]) -> int:
            async with api.client.get("/meshes/self", headers=headers) as answer:
                return answer.status

        assert await status({}) == 403
        assert await status(signed(clock)) == 200
        assert await status(signed(clock, "t")) == 200
        assert await status({**signed(clock), "Authorization": "Bearer t"}) == 403
        assert await status(signed(clock, length=1)) == 403
        assert await status(signed(clock, late=SIGNATURE_AGE)) == 200
        assert await status(signed(clock, late=SIGNATURE_AGE + 1)) == 403
        assert await status(signed(clock, late=-SIGNATURE_AGE - 1)) == 403
        assert await status({**signed(clock), "X-Timestamp": "²"}) == 403
        body = b'{"email": "bot@example.org", "deviceId": "d"}'
        async with api.client.post("/auth/link", data=body) as answer:
            assert answer.status == 403
        async with api.client.post(
            "/auth/link", data=body, headers=signed(clock, length=len(body))
        ) as answer:
            link = (await answer.json())["data"]
        assert (await api.click(link))[0] == 200


# ---- Faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "state", "status"),
    [("refuse", "refused", 403), ("expire", "expired", 410), ("click", "authenticated", 410)],
)
async def test_settling_links(api: Api, option: str, state: str, status: int) -> None:
    """An operator can have links end as they do in life."""
    link = await api.link()
    server = api.playground.server
    assert [shown["link"] for shown in (await request_state(server))["links"]] == [link["link"]]
    assert await request_fault(server, "login", None, {option: True}) == {"links": 1}
    assert (await api.state(link))["state"] == state
    assert (await api.click(link))[0] == status
    assert (await request_state(server))["links"] == []


async def test_logging_out(api: Api) -> None:
    """An operator can make tokens invalid, with their sessions or without."""
    server, session = api.playground.server, await api.session()
    await api.data("POST", "/auth/login", with_device(session))
    assert await request_fault(server, "logout", None, {"tokens": True}) == {"invalid": 1}
    await api.data("POST", "/auth/login", with_device(session))
    assert await request_fault(server, "logout") == {"invalid": 2}
    assert (await api.ask("POST", "/auth/login", with_device(session)))[0] == 401


async def test_refused_requests(api: Api) -> None:
    """The login can be made to fail like the rest of the REST addresses."""
    api.playground.refuse_api(503, times=1)
    assert (await api.ask("POST", "/auth/session", {"jwt": "x"}))[0] == 503
    assert (await api.ask("POST", "/auth/session", {"jwt": "x"}))[0] == 401
