"""A game's API for one machine, to try the plug-in on: players, gift codes, and trouble on request.

Owns the game's rules and its ways to misbehave.  Knows nothing of Meshvisor: it stands for a
service of a third party.  Run it as a program, or inside a test:

    async with GameApi() as api:
        ...  # ask api.url

| address | answer |
| --- | --- |
| `GET /players/{id}` | `{"id", "name", "level", "kingdom"}`; 404: there is no such player |
| `GET /giftcodes/{code}` | `{"code", "state": "valid" or "expired"}`; 404: unknown code |
| `POST /giftcodes/redeem` of `{"player", "code"}` | `{"player", "code", "result"}` (`Result`) |
| `GET /calls` | what was done for each player, and how often |
| `GET /calls/total` | the same in three numbers |
| `POST /faults` of `{"kind", "times", "seconds"}` | the next answers are wrong (`Fault`) |

A redemption with the header `Idempotency-Key` of an earlier one is answered like that and does
nothing.  The same seed gives the same players, and the same trouble for the same requests.
"""

from __future__ import annotations

import argparse
import asyncio
import enum
import json
import math
import random
import socket
import sys
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, Self

from aiohttp import web

HOST: Final = "127.0.0.1"
"""Every client may cause trouble here, so it is for this machine only."""
DEFAULT_PORT: Final = 8585
CANNOT_LISTEN: Final = 1
"""Exit code when the port is taken."""

UNKNOWN_SHARE: Final = 0.05
"""Of ids: who types a list of them by hand gets about one in twenty wrong."""
LARGEST_ID: Final = 10**12
HIGHEST_LEVEL: Final = 50
KINGDOMS: Final = 3000

CODES: Final = {"WELCOME2026": "valid", "FROSTY": "valid", "SUMMER2025": "expired"}
"""Gift codes and their states."""

_FIRST: Final = ("Frost", "Iron", "Lucky", "Night", "Quiet", "Red", "Silver", "Storm")
_SECOND: Final = ("Badger", "Fox", "Hawk", "Lynx", "Otter", "Raven", "Stoat", "Wolf")

WRONG_SHAPES: Final[tuple[object, ...]] = (
    [],
    {"id": "many", "name": "Nobody", "level": 1, "kingdom": 1},
    {"id": 1, "name": "Somebody else", "level": 1, "kingdom": 1, "player": 1, "result": "redeemed"},
    {"id": 1, "name": "", "level": -3, "kingdom": None},
)
"""What APIs have really answered with 200: nothing, texts for numbers, another player, nonsense."""


class Result(enum.StrEnum):
    """How a redemption ends."""

    REDEEMED = "redeemed"
    """The player has the gift now."""
    ALREADY = "already redeemed"
    """The player had it before."""
    UNKNOWN = "unknown code"
    """There is no such code."""
    EXPIRED = "expired"
    """It was good once."""


class Fault(enum.StrEnum):
    """A way to answer wrongly."""

    LIMIT = "limit"
    """429 with `Retry-After` of so many seconds; nothing was done."""
    ERROR = "error"
    """503; nothing was done."""
    LOST = "lost"
    """502 although it was done: the answer was lost on its way."""
    SLOW = "slow"
    """The right answer after so many seconds."""
    MALFORMED = "malformed"
    """200 with half of the JSON; it was done."""
    SHAPE = "shape"
    """200 with JSON that means nothing (`WRONG_SHAPES`); it was done."""


# ---- The game --------------------------------------------------------------------------------


class Game:
    """Players and codes, without any network.

    Attributes:
        levels: of players who have grown since; others have the level that they are born with.
        fetched: successful look-ups by player.
        redeemed: attempts to give a player the gift of a code, those with a known key left out;
            more than one means that a client has done something twice.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._answers: dict[str, tuple[int, str, Result]] = {}
        self.levels: dict[int, int] = {}
        self.fetched: Counter[int] = Counter()
        self.redeemed: Counter[tuple[int, str]] = Counter()

    def player(self, player_id: int) -> dict[str, Any] | None:
        """Return a player, or None when there is none of this id; always the same for one seed."""
        chance = random.Random(f"{self._seed} {player_id}")
        if not 0 < player_id < LARGEST_ID or chance.random() < UNKNOWN_SHARE:
            return None
        name = chance.choice(_FIRST) + chance.choice(_SECOND)
        level = chance.randint(1, HIGHEST_LEVEL)
        return {
            "id": player_id,
            "name": name,
            "level": self.levels.get(player_id, level),
            "kingdom": chance.randint(1, KINGDOMS),
        }

    def fetch(self, player_id: int) -> dict[str, Any] | None:
        """Return a player and count the look-up."""
        player = self.player(player_id)
        if player is not None:
            self.fetched[player_id] += 1
        return player

    def redeem(self, player_id: int, code: str, key: str | None) -> Result | None:
        """Give a player a gift, once.

        Args:
            player_id: of a player who exists.
            code: whatever a user has typed.
            key: of the request; with one that was used before, nothing is done.  None: it has none.

        Returns:
            What came of it, or of the first request with this key; None: the key was used for
            something else.
        """
        if key is not None and key in self._answers:
            *about, result = self._answers[key]
            return result if about == [player_id, code] else None
        result = self._redeem(player_id, code)
        if key is not None:
            self._answers[key] = (player_id, code, result)
        return result

    def _redeem(self, player_id: int, code: str) -> Result:
        match CODES.get(code):
            case None:
                return Result.UNKNOWN
            case "expired":
                return Result.EXPIRED
        self.redeemed[player_id, code] += 1
        return Result.REDEEMED if self.redeemed[player_id, code] == 1 else Result.ALREADY


# ---- Its trouble -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with one answer."""

    fault: Fault
    seconds: float = 1.0
    """Of waiting: before the answer, or until it makes sense to ask again."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the API behaves; the defaults suit tests."""

    port: int = 0
    """0: any free one."""
    seed: int = 0
    limit: int = 0
    """Requests per window; 0: as many as come."""
    window: float = 10.0
    """Seconds."""
    faults: float = 0.0
    """Share of answers that go wrong by themselves, 0 to 1."""
    clock: Callable[[], float] = monotonic
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)


class Weather:
    """Decides which answers go wrong: the next ones where a client asks for that, then those beyond
    the limit, and some at random.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._chance = random.Random(options.seed)
        self._asked: deque[Trouble] = deque()
        self._window_ends = -math.inf
        self._in_window = 0

    def ask(self, trouble: Trouble, times: int) -> None:
        """Let the next answers go wrong, after those that were asked for before; 0: none at all."""
        if times == 0:
            self._asked.clear()
        self._asked.extend([trouble] * times)

    def next(self) -> Trouble | None:
        """Return what is wrong with the next answer; None: nothing."""
        if self._asked:
            return self._asked.popleft()
        if (wait := self._over_limit()) > 0:
            return Trouble(Fault.LIMIT, wait)
        if self._chance.random() < self._options.faults:
            return Trouble(self._chance.choice(list(Fault)))
        return None

    def _over_limit(self) -> float:
        now = self._options.clock()
        if now >= self._window_ends:
            self._window_ends, self._in_window = now + self._options.window, 0
        self._in_window += 1
        too_many = self._options.limit and self._in_window > self._options.limit
        return self._window_ends - now if too_many else 0.0


# ---- The server ------------------------------------------------------------------------------


class GameApi:
    """The API on a port of this machine; use it as an asynchronous context manager.

    Attributes:
        answers: how many requests were answered, by status.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.game = Game(self.options.seed)
        self.weather = Weather(self.options)
        self.answers: Counter[int] = Counter()
        self._shapes = 0
        self._url = ""
        self._runner: web.AppRunner

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        listener = socket.create_server((HOST, self.options.port))
        self._url = f"http://{HOST}:{listener.getsockname()[1]}"
        app = web.Application()
        app.add_routes(
            [
                web.get("/players/{id}", self._behave(self._player)),
                web.get("/giftcodes/{code}", self._behave(self._code)),
                web.post("/giftcodes/redeem", self._behave(self._redeem)),
                web.get("/calls", self._calls),
                web.get("/calls/total", self._total),
                web.post("/faults", self._faults),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return self._url

    # ---- What may go wrong

    def _behave(
        self, handle: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def behave(request: web.Request) -> web.Response:
            trouble = self.weather.next()
            response = await self._answer(request, handle, trouble)
            self.answers[response.status] += 1
            return response

        return behave

    async def _answer(
        self,
        request: web.Request,
        handle: Callable[[web.Request], Awaitable[web.Response]],
        trouble: Trouble | None,
    ) -> web.Response:
        if trouble is None:
            return await handle(request)
        match trouble.fault:
            case Fault.LIMIT:
                # Whole seconds, and never too few: asking early would only prolong the wait.
                after = {"Retry-After": str(math.ceil(trouble.seconds))}
                return _refused(429, "too many requests", after)
            case Fault.ERROR:
                return _refused(503, "the game is being repaired")
        if trouble.fault is Fault.SLOW:
            await self.options.sleep(trouble.seconds)
        response = await handle(request)
        match trouble.fault:
            case Fault.LOST:
                return _refused(502, "bad gateway")
            case Fault.MALFORMED:
                half = (response.text or "")[: len(response.text or "") // 2]
                return web.Response(text=half, content_type="application/json")
            case Fault.SHAPE:
                self._shapes += 1
                return web.json_response(WRONG_SHAPES[self._shapes % len(WRONG_SHAPES)])
        return response

    # ---- What the game answers

    async def _player(self, request: web.Request) -> web.Response:
        player = self.game.fetch(_number(request.match_info["id"]))
        return web.json_response(player) if player else _refused(404, "no such player")

    async def _code(self, request: web.Request) -> web.Response:
        code = request.match_info["code"]
        if code not in CODES:
            return _refused(404, Result.UNKNOWN)
        return web.json_response({"code": code, "state": CODES[code]})

    async def _redeem(self, request: web.Request) -> web.Response:
        match await _json(request):
            case {"player": int(player), "code": str(code)}:
                if self.game.player(player) is None:
                    return _refused(404, "no such player")
            case _:
                return _refused(400, 'wanted: {"player": 40393986, "code": "WELCOME2026"}')
        result = self.game.redeem(player, code, request.headers.get("Idempotency-Key"))
        if result is None:
            return _refused(422, "this Idempotency-Key was used for another redemption")
        return web.json_response({"player": player, "code": code, "result": result})

    # ---- What its testers want to know and to cause

    async def _calls(self, _: web.Request) -> web.Response:
        gifts = self.game.redeemed
        return web.json_response(
            {
                "fetched": {str(player): count for player, count in self.game.fetched.items()},
                "redeemed": {f"{player} {code}": gifts[player, code] for player, code in gifts},
                "answers": {str(status): count for status, count in self.answers.items()},
            }
        )

    async def _total(self, _: web.Request) -> web.Response:
        attempts = self.game.redeemed.values()
        return web.json_response(
            {
                "fetched": self.game.fetched.total(),
                "redeemed": len(attempts),
                "redeemed_again": sum(attempts) - len(attempts),
            }
        )

    async def _faults(self, request: web.Request) -> web.Response:
        asked = await _json(request)
        try:
            times, seconds = int(asked.get("times", 1)), float(asked.get("seconds", 1.0))
            trouble = Trouble(Fault(asked["kind"]), seconds)
            if not (0 <= times <= 100_000 and 0 <= seconds <= 3600):
                raise ValueError("out of range")
        except (AttributeError, KeyError, TypeError, ValueError):
            return _refused(
                400,
                'wanted: {"kind", "times": 0 to 100000, "seconds": 0 to 3600}; kinds are '
                + ", ".join(Fault),
            )
        self.weather.ask(trouble, times)
        return web.json_response({"kind": trouble.fault, "times": times, "seconds": seconds})


# ---- The program -----------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Run until Ctrl+C; return the exit code."""
    wanted = _parser().parse_args(arguments)
    options = Options(
        port=wanted.port,
        seed=wanted.seed,
        limit=wanted.limit,
        window=wanted.window,
        faults=wanted.faults,
    )
    try:
        asyncio.run(_run(options))
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        sys.stderr.write(f"The game API cannot listen on {HOST}:{options.port}: {error.strerror}\n")
        return CANNOT_LISTEN
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A game's API for this machine only")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0: any free one")
    parser.add_argument("--seed", type=int, default=0, help="the same seed: the same players")
    parser.add_argument("--limit", type=int, default=0, help="requests per window; 0: no limit")
    parser.add_argument("--window", type=float, default=10.0, help="seconds")
    parser.add_argument("--faults", type=float, default=0.0, help="share of wrong answers, 0 to 1")
    return parser


async def _run(options: Options) -> None:
    async with GameApi(options) as api:
        sys.stdout.write(f"The game API listens on {api.url}; Ctrl+C ends it.\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def _number(text: str) -> int:
    """Return a number that a path names; 0, which no player has, when it names none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


async def _json(request: web.Request) -> Any:
    try:
        return await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None


def _refused(status: int, why: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": why}, status=status, headers=headers)


if __name__ == "__main__":
    sys.exit(main())
