"""The game API: its rules, and that it misbehaves just as requested."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from examples.alliance import game_api
from examples.alliance.game_api import Fault, Game, GameApi, Options, Result, Trouble, Weather

ANN, BOB, UNKNOWN = 40393986, 40393987, 40393999
"""With seed 0: two players, and an id that no player has."""


class Client:
    """Asks the API and reads its answers."""

    def __init__(self, api: GameApi, session: aiohttp.ClientSession) -> None:
        self.api = api
        self.session = session

    async def get(self, path: str) -> tuple[int, Any]:
        """Return status and content."""
        async with self.session.get(self.api.url + path) as response:
            return response.status, await response.json()

    async def post(self, path: str, body: Any, key: str | None = None) -> tuple[int, Any]:
        """Return status and content."""
        headers = {} if key is None else {"Idempotency-Key": key}
        async with self.session.post(self.api.url + path, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def text(self, path: str) -> str:
        """Return content that may be no JSON."""
        async with self.session.get(self.api.url + path) as response:
            return await response.text()

    async def fault(self, kind: Fault, times: int = 1, seconds: float = 1.0) -> None:
        """Have the next answers go wrong."""
        asked = {"kind": kind, "times": times, "seconds": seconds}
        assert await self.post("/faults", asked) == (200, asked)


@pytest.fixture
async def slept() -> list[float]:
    """Return what the API has slept, in seconds; it does not really sleep."""
    return []


@pytest.fixture
async def client(slept: list[float]) -> AsyncIterator[Client]:
    """Return a client of an API that nothing is wrong with."""

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with GameApi(Options(sleep=sleep)) as api, aiohttp.ClientSession() as session:
        yield Client(api, session)


async def test_players(client: Client) -> None:
    """A player has a name, a level and a kingdom; unknown ids and words are answered with 404."""
    status, ann = await client.get(f"/players/{ANN}")
    assert status == 200
    assert ann == {"id": ANN, "name": "RedBadger", "level": 39, "kingdom": 1835}
    for missing in (str(UNKNOWN), "0", "ann", "9" * 30, "-5"):
        assert (await client.get(f"/players/{missing}"))[0] == 404


def test_same_seed_same_players() -> None:
    """The seed decides who the players are, and about one id in twenty has none."""
    ids = range(1, 1001)
    first, again, other = ([Game(seed).player(player) for player in ids] for seed in (7, 7, 8))
    assert first == again != other
    assert 20 < first.count(None) < 80


async def test_codes(client: Client) -> None:
    """A code is valid, expired or unknown."""
    assert await client.get("/giftcodes/FROSTY") == (200, {"code": "FROSTY", "state": "valid"})
    assert (await client.get("/giftcodes/SUMMER2025"))[1]["state"] == "expired"
    assert (await client.get("/giftcodes/frosty"))[0] == 404


@pytest.mark.parametrize(
    ("code", "result"),
    [("FROSTY", Result.REDEEMED), ("SUMMER2025", Result.EXPIRED), ("NO", Result.UNKNOWN)],
)
async def test_redeem(client: Client, code: str, result: Result) -> None:
    """A redemption says what came of it, and only a valid code gives something."""
    asked = {"player": ANN, "code": code}
    assert await client.post("/giftcodes/redeem", asked) == (200, {**asked, "result": result})
    assert bool(client.api.game.redeemed) == (result is Result.REDEEMED)


async def test_redeem_again(client: Client) -> None:
    """With the same key it is the same redemption; with another one it is a second attempt."""
    asked = {"player": ANN, "code": "FROSTY"}
    results = [
        (await client.post("/giftcodes/redeem", asked, key))[1]["result"] for key in ("a", "a", "b")
    ]
    assert results == [Result.REDEEMED, Result.REDEEMED, Result.ALREADY]
    assert client.api.game.redeemed == {(ANN, "FROSTY"): 2}
    other = {"player": BOB, "code": "FROSTY"}
    assert (await client.post("/giftcodes/redeem", other, "a"))[0] == 422


async def test_redeem_for_unknown(client: Client) -> None:
    """Who does not exist gets nothing, and a request that says nothing is refused."""
    asked: list[Any] = [{"player": UNKNOWN, "code": "FROSTY"}, {"player": "ann"}, []]
    statuses = [(await client.post("/giftcodes/redeem", body))[0] for body in asked]
    assert statuses == [404, 400, 400]


async def test_calls(client: Client) -> None:
    """Whatever was done is counted for each player."""
    for path in (f"/players/{ANN}", f"/players/{ANN}", f"/players/{UNKNOWN}"):
        await client.get(path)
    await client.post("/giftcodes/redeem", {"player": BOB, "code": "FROSTY"})
    _, calls = await client.get("/calls")
    assert calls == {
        "fetched": {str(ANN): 2},
        "redeemed": {f"{BOB} FROSTY": 1},
        "answers": {"200": 3, "404": 1},
    }
    await client.post("/giftcodes/redeem", {"player": BOB, "code": "FROSTY"})
    totals = {"fetched": 2, "redeemed": 1, "redeemed_again": 1}
    assert await client.get("/calls/total") == (200, totals)


async def test_limit_on_request(client: Client) -> None:
    """A 429 says when to come back, in whole seconds, and nothing was done."""
    await client.fault(Fault.LIMIT, seconds=2.5)
    async with client.session.get(f"{client.api.url}/players/{ANN}") as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "3")
    assert not client.api.game.fetched
    assert (await client.get(f"/players/{ANN}"))[0] == 200


async def test_errors_on_request(client: Client) -> None:
    """As many answers go wrong as a client has asked for, whether something was done or not."""
    await client.fault(Fault.ERROR, times=2)
    await client.fault(Fault.LOST)
    statuses = [(await client.get(f"/players/{ANN}"))[0] for _ in range(4)]
    assert statuses == [503, 503, 502, 200]
    assert client.api.game.fetched == {ANN: 2}


async def test_nonsense_on_request(client: Client) -> None:
    """Half of the JSON is none; JSON of the wrong shape is JSON, and never the player."""
    await client.fault(Fault.MALFORMED)
    with pytest.raises(json.JSONDecodeError):
        json.loads(await client.text(f"/players/{ANN}"))
    await client.fault(Fault.SHAPE, times=len(game_api.WRONG_SHAPES))
    answers = [await client.get(f"/players/{ANN}") for _ in game_api.WRONG_SHAPES]
    assert [status for status, _ in answers] == [200] * len(game_api.WRONG_SHAPES)
    assert all(answer in game_api.WRONG_SHAPES for _, answer in answers)


async def test_slow_on_request(client: Client, slept: list[float]) -> None:
    """A slow answer is the right one, later."""
    await client.fault(Fault.SLOW, seconds=30)
    assert (await client.get(f"/players/{ANN}"))[0] == 200
    assert slept == [30]


async def test_no_more_faults(client: Client) -> None:
    """Zero times takes back what was asked for."""
    await client.fault(Fault.ERROR, times=100)
    await client.fault(Fault.ERROR, times=0)
    assert (await client.get(f"/players/{ANN}"))[0] == 200


@pytest.mark.parametrize(
    "asked",
    [[], {}, {"kind": "flood"}, {"kind": "slow", "times": -1}, {"kind": "slow", "seconds": "x"}],
)
async def test_faults_that_are_none(client: Client, asked: Any) -> None:
    """A request for an unknown fault is answered with the known ones."""
    status, answer = await client.post("/faults", asked)
    assert status == 400
    assert "limit, error, lost" in answer["error"]


def test_limit_per_window() -> None:
    """Beyond the limit, requests are to wait for the next window."""
    now = [100.0]
    weather = Weather(Options(limit=2, window=10, clock=lambda: now[0]))
    assert [weather.next() for _ in range(2)] == [None, None]
    now[0] = 104.0
    assert weather.next() == Trouble(Fault.LIMIT, 6.0)
    now[0] = 110.0
    assert weather.next() is None


def test_faults_by_chance() -> None:
    """A share of the answers goes wrong, the same ones for the same seed."""
    first, again, other = (
        [weather.next() for _ in range(1000)]
        for weather in (Weather(Options(seed=seed, faults=0.2)) for seed in (1, 1, 2))
    )
    assert first == again != other
    assert 150 < len([trouble for trouble in first if trouble]) < 250


def test_program() -> None:
    """The program says where it listens, ends with Ctrl+C, and says when its port is taken."""
    program = [sys.executable, str(Path(game_api.__file__)), "--port"]
    with subprocess.Popen([*program, "0"], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line.startswith("The game API listens on http://127.0.0.1:")
        port = line.partition(";")[0].rpartition(":")[2]
        second = subprocess.run([*program, port], capture_output=True, text=True, check=False)
        assert second.returncode == game_api.CANNOT_LISTEN
        assert "cannot listen" in second.stderr
        running.send_signal(signal.SIGINT)
        assert running.wait() == 0
