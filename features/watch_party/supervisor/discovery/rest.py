"""A mesh platform (or the playground) that is asked over REST.

Owns the listing and its pages.  Does not own HTTP (`json_api`), the shapes of the answers
(`listing`) nor meshes that the listing does not locate (`locations`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec
from pydantic import SecretStr

from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh, DiscoveryError
from meshvisor.features.watch_party.supervisor.discovery.listing import (
    SLICE,
    Entry,
    Page,
    ShapeError,
    read_page,
    slices,
)
from meshvisor.features.watch_party.supervisor.discovery.locations import Locations
from meshvisor.shared.listed import listed
from meshvisor.shared.loopback import is_loopback
from meshvisor.supervisor.platform.errors import ApiError
from meshvisor.supervisor.platform.http_client import HttpClient
from meshvisor.supervisor.platform.json_api import JsonApi
from meshvisor.supervisor.platform.signing import NO_KEYS, Keys

log = logging.getLogger(__name__)

PAGE: Final = 100
"""Meshes on a page; the most that servers commonly give."""

MOST_PAGES: Final = 100
"""Pages of one listing: ten thousand meshes, more than a machine has room for workers."""

MOST_ENTRIES: Final = 20_000
"""Entries of one listing that are looked at, usable or not: twice as many as there should be, and
some hundred times as many as a machine has room for workers."""

MOST_PROBLEMS: Final = 1_000
"""What is wrong with single entries; three are named."""

LOOK_DEADLINE: Final = 60.0
"""Seconds for all requests of one look."""

_NAMED: Final = 3
"""Problems in a log line at most."""


class RestOptions(msgspec.Struct, frozen=True):
    """How a platform is asked."""

    url: str
    """Base of its REST API, without a slash at its end."""
    mode: Literal["invited", "all"]
    """Only meshes that the bot was invited to, or all that it can see."""
    device_id: str
    auth_token: SecretStr | None
    """None or empty: none is sent."""
    default_server: str
    """Server of meshes for which the platform names none."""
    source: str = "platform"
    """What its meshes carry as their source."""
    keys: Keys = NO_KEYS
    """What every request carries or is signed with."""
    allow_plain_servers: bool = False
    """Whether servers that only the listing names may get the token unencrypted."""


class RestProvider:
    """Knows the meshes that a platform lists for this bot."""

    def __init__(self, options: RestOptions) -> None:
        self.source = options.source
        self._options = options
        self._api = JsonApi(
            f"the {options.source}", options.url, options.auth_token, keys=options.keys
        )
        self._locations = Locations(self._api, options.default_server)
        self._logged: tuple[str, ...] = ()

    async def find(self) -> Sequence[DiscoveredMesh]:
        """List all pages, and ask where the meshes are for which the listing does not say so.

        Raises:
            DiscoveryError: something is missing, so that the list would not be complete.
        """
        try:
            async with asyncio.timeout(LOOK_DEADLINE), self._api.connected() as client:
                listed, problems = await self._list(client)
                nowhere = [entry.mesh_id for entry in listed.values() if entry.server is None]
                problems += await self._locations.update(client, nowhere)
        except TimeoutError:
            raise DiscoveryError(
                f"{self._api.name} has not listed its meshes within {LOOK_DEADLINE:g} seconds"
            ) from None
        except ApiError as error:
            raise DiscoveryError(str(error), transient=error.transient) from error
        found = self._located(listed.values(), problems)
        self._complain(problems)
        return found

    async def _list(self, client: HttpClient) -> tuple[dict[str, Entry], list[str]]:
        """Return all meshes by id, and a phrase for each thing that is wrong with the listing."""
        listed: dict[str, Entry] = {}
        problems: list[str] = []
        cursor, seen, looked_at = "", {""}, 0
        for number in range(1, MOST_PAGES + 1):
            async for page in self._page(client, cursor):
                problems += [f"page {number}, {problem}" for problem in page.problems]
                del problems[MOST_PROBLEMS:]
                for entry in page.entries:
                    listed.setdefault(entry.mesh_id, entry)
                looked_at += len(page.entries) + len(page.problems)
                if looked_at > MOST_ENTRIES:
                    more = f"it lists more than {MOST_ENTRIES} meshes; others are left out"
                    return listed, [more, *problems]
            if page.next is None:
                return listed, problems
            if page.next in seen:
                raise self._api.error(
                    f"never ends its list: page {number} leads back to an earlier one"
                )
            seen.add(cursor := page.next)
        problems.append(f"it has more than {MOST_PAGES} pages; those that follow are left out")
        return listed, problems

    async def _page(self, client: HttpClient, cursor: str) -> AsyncIterator[Page]:
        """Yield one page in pieces, between which others have a turn."""
        every = "true" if self._options.mode == "all" else "false"
        query = {
            "deviceId": self._options.device_id,
            "public": every,
            "friends": every,
            "local": every,
            "invited": "true",
            "limit": str(PAGE),
            "lang": "en",
        }
        if cursor:
            query["cursor"] = cursor
        try:
            first = 1
            for piece in slices(await self._api.get(client, "/meshes/self", query)):
                yield read_page(piece, first)
                first += SLICE
                await asyncio.sleep(0)
        except ShapeError as error:
            raise self._api.unusable(str(error)) from None

    def _located(self, listed: Iterable[Entry], problems: list[str]) -> list[DiscoveredMesh]:
        """Return the meshes whose server is known and may be given the bot's token."""
        may_know: dict[str, bool] = {}
        found: list[DiscoveredMesh] = []
        for entry in listed:
            server = entry.server or self._locations.get(entry.mesh_id)
            if server is None:
                continue
            if server not in may_know:
                may_know[server] = self._may_have_the_token(server)
                if not may_know[server]:
                    problems.insert(
                        0,
                        f"{server} would get the account's token unencrypted, so its meshes are "
                        "left out; it needs wss://, or the setting platform.allow_plain_servers",
                    )
            if may_know[server]:
                found.append(DiscoveredMesh(entry.mesh_id, server, self.source))
        return found

    def _may_have_the_token(self, server: str) -> bool:
        options, address = self._options, urlsplit(server)
        token = options.auth_token.get_secret_value() if options.auth_token else ""
        if not token or options.allow_plain_servers or address.scheme == "wss":
            return True
        host = address.hostname or ""
        chosen = [urlsplit(options.default_server)]
        if options.url.startswith("http://"):  # where the token goes as it is already
            chosen.append(urlsplit(options.url))
        return is_loopback(host) or host in {each.hostname for each in chosen}

    def _complain(self, problems: Sequence[str]) -> None:
        """Log what is wrong with the listing, once for each change of it."""
        logged, self._logged = self._logged, tuple(problems)
        if problems and self._logged != logged:
            log.warning(
                "not all that %s lists can be used: %s",
                self._api.name,
                listed(problems, _NAMED, between="; "),
                extra={"event": "discovery.skipped"},
            )
