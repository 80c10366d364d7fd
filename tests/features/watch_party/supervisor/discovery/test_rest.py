from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any, Literal

import pytest
from aiohttp import web
from msgspec.structs import replace
from pydantic import SecretStr

from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh, DiscoveryError
from meshvisor.features.watch_party.supervisor.discovery import rest
from meshvisor.features.watch_party.supervisor.discovery.listing import SLICE
from meshvisor.features.watch_party.supervisor.discovery.rest import (
    MOST_ENTRIES,
    MOST_PAGES,
    PAGE,
    RestOptions,
    RestProvider,
)
from meshvisor.playground.options import Options
from meshvisor.playground.server import Playground
from meshvisor.supervisor.platform.signing import Keys, signature
from tests.supervisor.platform.platform import Platform, Status

FALLBACK = "ws://default:1"


def options(url: str, mode: Literal["invited", "all"] = "invited") -> RestOptions:
    """Return how a platform is asked."""
    return RestOptions(url, mode, "device-1", None, FALLBACK)


def mesh(mesh_id: object, server: object = "ws://a:1") -> dict[str, Any]:
    """Return an entry of a listing."""
    return {"mesh": {"id": mesh_id, "server": server}, "users": []}


def page(*entries: object, following: object = None) -> dict[str, Any]:
    """Return a page of a listing."""
    return {"data": list(entries), "paging": {"next": following}}


async def ids(provider: RestProvider) -> list[str]:
    """Return the ids of all meshes that a provider finds."""
    return [found.mesh_id for found in await provider.find()]


# ---- The playground ------------------------------------------------------------------------------


async def test_the_playground() -> None:
    """The meshes of a real server are found with their address, in its order."""
    async with Playground(2) as playground:
        found = await RestProvider(replace(options(playground.url), source="playground")).find()

        assert found == [
            DiscoveredMesh("lobby", playground.server, "playground"),
            DiscoveredMesh("cinema", playground.server, "playground"),
        ]


async def test_modes() -> None:
    """Either the bot takes part where it was invited, or wherever it can."""
    async with Playground(["lobby"]) as playground:
        playground.add_room("club", frozenset({"friends"}))
        playground.add_room("square", frozenset({"public"}))
        playground.add_room("corner", frozenset({"local"}))

        assert await ids(RestProvider(options(playground.url, "invited"))) == ["lobby"]
        assert await ids(RestProvider(options(playground.url, "all"))) == [
            "lobby",
            "club",
            "square",
            "corner",
        ]


async def test_pages_of_the_playground() -> None:
    """More meshes than fit on a page are all found, each once."""
    names = [f"room{number}" for number in range(2 * PAGE + 1)]
    async with Playground(names) as playground:
        assert await ids(RestProvider(options(playground.url))) == names


async def test_a_token_of_the_playground() -> None:
    """A server that asks for a token is answered with it."""
    async with Playground(1, Options(token="right")) as playground:
        asked = options(playground.url)
        with pytest.raises(DiscoveryError, match="HTTP 401, so the account's token"):
            await RestProvider(asked).find()
        assert await ids(RestProvider(replace(asked, auth_token=SecretStr("right")))) == ["lobby"]


# ---- The question --------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "others"), [("invited", "false"), ("all", "true")])
async def test_the_question(
    platform: Platform, mode: Literal["invited", "all"], others: str
) -> None:
    """All parameters of the address are given."""
    await RestProvider(options(platform.url, mode)).find()

    [request] = platform.requests
    assert request.path == "/meshes/self"
    assert dict(request.query) == {
        "deviceId": "device-1",
        "public": others,
        "friends": others,
        "local": others,
        "invited": "true",
        "limit": "100",
        "lang": "en",
    }


async def test_requests_are_signed(platform: Platform) -> None:
    """A client with keys of the platform shows them in discovery, too."""
    keys = Keys(api_key=SecretStr("open"), signing_key=SecretStr("key"))
    asked = replace(options(platform.url), keys=keys, auth_token=SecretStr("t0ken"))
    await RestProvider(asked).find()

    [request] = platform.requests
    timestamp = int(request.headers["X-Timestamp"])
    assert request.headers["X-Signature"] == signature("key", timestamp, "t0ken", 0)
    assert request.headers["X-Api-Key"] == "open"


async def test_a_base_with_a_path(platform: Platform) -> None:
    """The API need not be at the root of its host."""
    await RestProvider(options(f"{platform.url}/api/v2")).find()

    assert platform.paths == ["/api/v2/meshes/self"]


# ---- Paging --------------------------------------------------------------------------------------


def paged(platform: Platform, pages: Mapping[str, object]) -> None:
    """Have a platform answer with pages by their cursor."""
    platform.answer = lambda request: pages[request.query.get("cursor", "")]


async def test_pages(platform: Platform) -> None:
    """Cursors are followed as they are; a mesh that is listed twice is found once."""
    paged(
        platform,
        {
            "": page(mesh("a"), following="x+/=&"),
            "x+/=&": page(following=7),
            "7": page(mesh("b"), mesh("a", "ws://b:1")),
        },
    )

    assert await RestProvider(options(platform.url)).find() == [
        DiscoveredMesh("a", "ws://a:1", "platform"),
        DiscoveredMesh("b", "ws://a:1", "platform"),
    ]


@pytest.mark.parametrize("back", ["1", "2"])
async def test_pages_in_a_circle(platform: Platform, back: str) -> None:
    """A list that leads back to itself is refused, rather than taken for what it is not."""
    paged(
        platform,
        {
            "": page(mesh("a"), following="1"),
            "1": page(following="2"),
            "2": page(following=back),
        },
    )

    with pytest.raises(DiscoveryError, match="never ends its list: page 3 leads back"):
        await RestProvider(options(platform.url)).find()
    assert len(platform.requests) == 3


async def test_pages_without_end(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    """Of a list that is longer than any fleet, the beginning is used, and that is said."""

    def endless(request: web.Request) -> object:
        number = int(request.query.get("cursor", "0")) + 1
        return page(mesh(f"m{number}"), following=number)

    platform.answer = endless
    found = await ids(RestProvider(options(platform.url)))

    assert found == [f"m{number}" for number in range(1, MOST_PAGES + 1)]
    assert "more than 100 pages" in caplog.text


async def test_a_page_that_is_missing(platform: Platform) -> None:
    """Half a list is none: meshes on the other half would look gone."""
    paged(
        platform,
        {"": page(mesh("a"), following="1"), "1": Status(500)},
    )

    with pytest.raises(DiscoveryError, match="HTTP 500"):
        await RestProvider(options(platform.url)).find()


@pytest.mark.parametrize(("status", "transient"), [(503, True), (401, False)])
async def test_whether_it_may_pass(platform: Platform, status: int, transient: bool) -> None:
    """Discovery asks again soon only where that may help."""
    platform.answer = lambda request: Status(status)

    with pytest.raises(DiscoveryError) as caught:
        await RestProvider(options(platform.url)).find()
    assert caught.value.transient is transient


async def test_a_platform_that_is_too_slow(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All pages together have a deadline too."""
    monkeypatch.setattr(rest, "LOOK_DEADLINE", 0.05)
    platform.held.clear()

    with pytest.raises(DiscoveryError, match=r"has not listed its meshes within 0\.05 seconds"):
        await RestProvider(options(platform.url)).find()


# ---- Wrong shapes --------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [[], {"data": "x"}, {"data": [], "paging": {"next": []}}])
async def test_a_wrong_answer(platform: Platform, body: object) -> None:
    """An answer of another shape is said to be one."""
    platform.answer = lambda request: body

    with pytest.raises(DiscoveryError, match=rf"^the platform at {platform.url} answers with JSON"):
        await RestProvider(options(platform.url)).find()


async def test_wrong_entries_are_named_once(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    """Right entries are used; what is wrong is logged when it changes and not each time."""
    provider = RestProvider(options(platform.url))
    platform.answer = lambda request: page(mesh("a b"), mesh("a"), *[None] * 4)
    assert await ids(provider) == ["a"]
    assert await ids(provider) == ["a"]
    [record] = caplog.records
    assert "page 1, entry 1: 'a b' is no mesh id" in record.getMessage()
    assert record.getMessage().endswith("; and 2 more")

    platform.answer = lambda request: page(mesh("a"))
    await provider.find()
    platform.answer = lambda request: page(mesh("a", "http://a"))
    assert await ids(provider) == []
    assert len(caplog.records) == 2


async def test_meshes_that_the_listing_does_not_locate(platform: Platform) -> None:
    """The platform is asked for their servers one by one."""

    def answer(request: web.Request) -> object:
        if request.path == "/meshes/self":
            return page(mesh("a"), mesh("b", None), mesh("c", None))
        where = "ws://b:1" if request.path == "/meshes/b" else None
        return {"data": {"id": "?", "server": where, "users": []}}

    platform.answer = answer

    assert [found.server for found in await RestProvider(options(platform.url)).find()] == [
        "ws://a:1",
        "ws://b:1",
        FALLBACK,
    ]


def test_options_keep_their_secret() -> None:
    """A token cannot be printed by accident."""
    shown = repr(replace(options("http://a"), auth_token=SecretStr("s3cret")))

    assert "s3cret" not in shown


# ---- Listings without end ------------------------------------------------------------------------


async def test_more_meshes_than_any_machine_has_room_for(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    """A listing is cut and that is said, whatever is on its pages; others have turns meanwhile."""
    big = page(*(mesh(f"m{n}") for n in range(MOST_ENTRIES + SLICE + 5)), following="more")
    platform.answer = lambda request: big
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    found = await ids(RestProvider(options(platform.url)))
    other.cancel()

    assert MOST_ENTRIES <= len(found) <= MOST_ENTRIES + SLICE
    assert len(platform.requests) == 1
    assert turns >= MOST_ENTRIES / SLICE
    assert f"lists more than {MOST_ENTRIES} meshes; others are left out" in caplog.text


async def test_a_listing_of_nothing_usable(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    """Entries that are none count as well, and few of them are named."""
    numbers = itertools.count()
    platform.answer = lambda request: page(*[5] * 9_000, following=f"p{next(numbers)}")

    assert await ids(RestProvider(options(platform.url))) == []
    assert len(platform.requests) == 3
    assert len(caplog.text) < 2_000


async def test_entries_keep_their_numbers(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    """However a page is taken apart, what is wrong is named by its place on the page."""
    entries = [mesh(f"m{n}") for n in range(2 * SLICE)]
    entries[SLICE + 6] = {"mesh": 1}
    platform.answer = lambda request: page(*entries)

    assert len(await ids(RestProvider(options(platform.url)))) == 2 * SLICE - 1
    assert f"page 1, entry {SLICE + 7}: " in caplog.text


# ---- Who gets the token --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("server", "may"),
    [
        ("wss://anywhere.example", True),
        ("ws://127.0.0.1:1", True),
        ("ws://[::1]:1", True),
        ("ws://localhost:1", True),
        ("ws://default:9", True),
        ("ws://evil.example", False),
        ("ws://default.evil.example", False),
        ("ws://10.0.0.5:4443", False),
    ],
)
async def test_no_token_in_clear(
    platform: Platform, server: str, may: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that only a listing names gets the token over TLS, or when a setting allows it."""
    asked = replace(options(platform.url), auth_token=SecretStr("t0ken"), default_server=FALLBACK)
    platform.answer = lambda request: page(mesh("a", server), mesh("c", "ws://127.0.0.1:1"))

    assert await ids(RestProvider(asked)) == (["a", "c"] if may else ["c"])
    assert (f"{server} would get the account's token unencrypted" in caplog.text) is not may
    assert await ids(RestProvider(replace(asked, allow_plain_servers=True))) == ["a", "c"]
    assert await ids(RestProvider(replace(asked, auth_token=None))) == ["a", "c"]
