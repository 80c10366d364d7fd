"""A supervisor with a console, and visitors to it.

console = Consoles(home)
await console.start()
ann = await console.first_operator("ann")
response = await ann.post("/api/v1/tokens", json={...})
await console.close()
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx

from meshvisor.shared.paths import Home
from tests.fleet import PATIENCE, Fleet, Sections

PASSWORD: Final = "three calm green boats"

ON: Final = {"MESHVISOR__CONSOLE__ENABLED": "true"}

LINK: Final = re.compile(r"(http\S+)/welcome#(\S+)")


class Visitor(httpx.AsyncClient):
    """A browser with its cookies, which sends the CSRF token of its session."""

    def __init__(self, url: str, **how: Any) -> None:
        super().__init__(base_url=url, timeout=PATIENCE, trust_env=False, **how)

    async def state(self) -> dict[str, Any]:
        """Return what the console says of the session."""
        state: dict[str, Any] = (await self.get("/api/v1/session")).json()
        return state

    def take_over(self, state: dict[str, Any]) -> None:
        """Send the CSRF token of a session from now on."""
        self.headers["X-CSRF-Token"] = state["csrf_token"]

    async def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in."""
        body = {"name": name, "password": password}
        response = await self.post("/api/v1/session", json=body)
        if response.status_code == 200:
            self.take_over(response.json())
        return response


class Consoles:
    """A `meshvisor run` with its console.

    Args:
        home: of both.
        sections: settings; the console listens on any free port unless they say otherwise.
        verify: by what visitors know its certificate; None: it has none.
    """

    def __init__(
        self, home: Home, sections: Sections | None = None, verify: ssl.SSLContext | None = None
    ) -> None:
        self.fleet = Fleet(home, {"console": {"port": 0}, **(sections or {})})
        self._verify = verify or True
        self._visitors: list[Visitor] = []
        self._url = ""
        self._owner = ""
        """A token that may do everything."""
        self._count = 0

    async def start(self, *arguments: str, **environment: str) -> str:
        """Start both and return the address of the console."""
        await self.fleet.start(*arguments, environment={**ON, **environment})
        self._url = await self.url()
        return self._url

    async def url(self, besides: int | None = None) -> str:
        """Return the address when a console listens that is not the process `besides`."""

        async def find() -> str | None:
            console = (await self.fleet.ask("status"))["supervisor"]["console"]
            url: str | None = None if console["pid"] == besides else console["url"]
            return url

        return await self.fleet.until_told(find, "the console to listen")

    async def pid(self) -> int:
        """Return the PID of the console."""
        pid: int = (await self.fleet.ask("status"))["supervisor"]["console"]["pid"]
        return pid

    async def link(self) -> str:
        """Return the secret of the link that was shown to the first operator."""
        found = await self.fleet.until(lambda: LINK.search(self.fleet.output), "a link")
        return found[2]

    async def visitor(self, **how: Any) -> Visitor:
        """Return a visitor who is not signed in."""
        visitor = Visitor(self._url, verify=self._verify, **how)
        self._visitors.append(visitor)
        return visitor

    async def program(self, *scopes: str) -> Visitor:
        """Return a program with a token."""
        self._count += 1
        wanted = {"name": f"t{self._count}", "scopes": scopes}
        owner = await self._by_token(await self._owners_token())
        made = await owner.post("/api/v1/tokens", json=wanted)
        assert made.status_code == 201, made.text
        return await self._by_token(made.json()["token"])

    async def first_operator(self, name: str = "ann") -> Visitor:
        """Return a visitor who has used the link of the first operator."""
        return await self.by_link(await self.link(), name)

    async def operator(self, role: str = "owner") -> Visitor:
        """Return a new operator who is signed in."""
        self._count += 1
        owner = await self._by_token(await self._owners_token())
        made = await owner.post("/api/v1/operators/links", json={"role": role})
        return await self.by_link(made.json()["secret"], f"o{self._count}")

    async def by_link(self, secret: str, name: str | None) -> Visitor:
        """Return a visitor who has used a link."""
        visitor = await self.visitor()
        body = {"secret": secret, "name": name, "password": PASSWORD}
        response = await visitor.post("/api/v1/session/link", json=body)
        assert response.status_code == 200, response.text
        visitor.take_over(response.json())
        return visitor

    async def leave(self) -> None:
        """Send all visitors away."""
        while self._visitors:
            await self._visitors.pop().aclose()

    async def close(self) -> None:
        """End all."""
        await self.leave()
        await self.fleet.close()

    async def _by_token(self, token: str) -> Visitor:
        return await self.visitor(headers={"Authorization": f"Bearer {token}"})

    async def _owners_token(self) -> str:
        if not self._owner:
            made = await self.fleet.command("token", "add", "test-owner", "--scopes", "*:admin")
            assert made.code == 0, made.err
            self._owner = made.out.split()[0]
        return self._owner


@contextlib.contextmanager
def running(sections: Sections | None = None) -> Iterator[Consoles]:
    """Yield a running one for all tests of a module: starting it takes seconds."""
    root = Path(tempfile.mkdtemp(prefix="mv-"))
    made = Consoles(Home(root), sections)
    try:
        asyncio.run(made.start())
        yield made
    finally:
        asyncio.run(made.close())
        shutil.rmtree(root)
