"""Keeps an alliance of a game: its players, their gift codes, and data that is never too old.

Copy this file into `config/plugins/`, or name its module in `[plugins] modules`.

| action | priority | items | data | what it does |
| --- | --- | --- | --- | --- |
| `notifications` | 1 | mesh ids; none: the job's mesh | `text` | says something |
| `addplayer` | 2 | player ids | | looks players up and remembers them |
| `redeem_giftcode` | 3 | player ids; none: all known | `code` | gives players a gift |
| `refresh` | 4 | player ids; none: all known | | looks known players up again |
| `auto_refresh` | 5 | | `hours` | submits `refresh` for those whose data is older |

Each mesh is an alliance of its own.  All but `notifications` ask the game's API, whose address is
`api` of the data, else the environment's `ALLIANCE_API`, else that of `game_api.py`.

Whatever happens, nothing is done twice: an item of which a crash has kept the outcome from being
written is done again, and then the roster and the game's idempotency keys tell that it was done by
the same job already.  Only a notification may be said twice: a chat has no such keys.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import re
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from meshvisor import (
    CommandContext,
    GiveUp,
    Input,
    JobContext,
    JobItem,
    NotSaidError,
    RateLimited,
    action,
    command,
)

GAME: Final = "game-api"
"""The lane of all jobs that ask the game, and what they share when it wants a pause."""
DEFAULT_API: Final = "http://127.0.0.1:8585"
_CODE: Final = re.compile(r"[A-Za-z0-9]{1,32}")
DATABASE: Final = Path("var/alliance.db")
"""Below the home, which is the working directory of every child."""

MOST_IDS: Final = 5_000
"""Of one command: an hour of work at the pace of most games, and a list that is not a mistake."""
MOST_REFRESHED: Final = 10_000
"""Players that one `auto_refresh` takes on; the others are older still when the next one comes."""
REFRESH_AFTER: Final = 24.0
"""Hours, where `auto_refresh` is given nothing else."""

ATTEMPTS: Final = 4
"""Of one request that the game answers badly.  What is down for longer is left to the next job."""
BACKOFF: Final = 0.2
"""Seconds before the second try at most; each further one may wait twice as long, so that all of
them fit well into the time of an item."""
ABSENT: Final = 30.0
"""Seconds until a game that is not there at all is asked again: repairs take minutes.  Whatever
shares the rate limit waits meanwhile, so a thousand players do not fail for one outage."""
REQUEST_TIMEOUT: Final = 10.0
"""Seconds for one answer; `ATTEMPTS` of them are less than an item may take."""

BUSY_TIMEOUT: Final = 2.0
"""Seconds for another process' write to end: it takes milliseconds, and a runner whose loop stands
still for three seconds would count as hung."""

log = logging.getLogger(__name__)

Hundreds = Annotated[int, Field(ge=1, le=1_000)]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class AllianceError(GiveUp):
    """The job cannot be done as it was submitted; the text says what people can mend."""


class ItemError(AllianceError):
    """This item cannot be done; the others may."""


class ResponseError(ItemError):
    """The game has no usable answer."""


class UnreachableError(ResponseError):
    """No server is at the game's address: no fault of the item."""


# ---- Ids, as people write them ---------------------------------------------------------------

_ID: Final = re.compile(r"[^0-9]*([1-9][0-9]{0,11})[^0-9]*")
_RANGE: Final = re.compile(r"[^0-9]*([1-9][0-9]{0,11})[-–]([1-9][0-9]{0,11})[^0-9]*")


def player_id(text: str) -> int | None:
    """Return the id in a text like `#40393986,`; None: it has none, or more than one number."""
    found = _ID.fullmatch(text)
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids that a user has written."""

    ids: tuple[str, ...]
    """Each once, in their order."""
    left_out: tuple[str, ...]
    """What is no id."""

    @classmethod
    def parse(cls, text: str) -> Ids:
        """Read ids and ranges between blanks and commas, such as `40393986, 40393990-40394100`.

        Raises:
            AllianceError: they are more than `MOST_IDS`.
        """
        ids: dict[str, None] = {}
        left_out = []
        for word in re.sub(r"\s*[-–]\s*", "-", text).replace(",", " ").replace(";", " ").split():
            if found := _RANGE.fullmatch(word):
                numbers = range(int(found[1]), int(found[2]) + 1)
            elif (number := player_id(word)) is not None:
                numbers = range(number, number + 1)
            else:
                numbers = range(0)
            # Asked before it is counted up: a range may have a trillion ids.
            if len(ids) + len(numbers) > MOST_IDS:
                raise AllianceError(f"More than {MOST_IDS:,} ids; please name fewer at a time.")
            if not numbers:
                left_out.append(word)
            ids.update(dict.fromkeys(map(str, numbers)))
        return cls(tuple(ids), tuple(left_out))

    def note(self) -> str:
        """Return a line about what was left out, or nothing."""
        if not self.left_out:
            return ""
        shown = ", ".join(word[:20] for word in self.left_out[:5])
        more = f" and {len(self.left_out) - 5} more" if len(self.left_out) > 5 else ""
        return f"\nLeft out, because that is no id: {shown}{more}."


# ---- The game's API --------------------------------------------------------------------------


class Answer(BaseModel):
    """What the game may say.  A number is a number and never a text; fields may be added."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Player(Answer):
    """A player."""

    id: int
    name: Name
    level: Hundreds
    kingdom: Annotated[int, Field(ge=1, le=100_000)]


class GiftCode(Answer):
    """A gift code."""

    code: str
    state: Literal["valid", "expired"]


class Redemption(Answer):
    """What came of giving a player a gift."""

    player: int
    code: str
    result: Literal["redeemed", "already redeemed", "unknown code", "expired"]


A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class Question(Generic[A]):
    """Something to ask the game."""

    path: str
    shape: type[A]
    about: Mapping[str, object]
    """Fields that the answer must have just so: one about another player is worse than none."""
    body: Mapping[str, object] | None = None
    """Posted as JSON; None: the question is a GET."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def read(self, content: bytes) -> A | None:
        """Return an answer; None: it is none to this question."""
        try:
            answer = self.shape.model_validate_json(content)
        except ValidationError:
            return None
        fits = all(getattr(answer, name) == value for name, value in self.about.items())
        return answer if fits else None


def ask_player(player: int) -> Question[Player]:
    """Ask who a player is."""
    return Question(f"/players/{player}", Player, {"id": player})


def ask_code(code: str) -> Question[GiftCode]:
    """Ask whether a code is any good."""
    return Question(f"/giftcodes/{code}", GiftCode, {"code": code})


def ask_to_redeem(player: int, code: str, key: str) -> Question[Redemption]:
    """Ask for a gift; asked again with the same key, the game answers as it did first."""
    about = {"player": player, "code": code}
    return Question(
        "/giftcodes/redeem", Redemption, about, body=about, headers={"Idempotency-Key": key}
    )


async def ask(job: JobContext, question: Question[A]) -> A | None:
    """Ask the game, a few times if it answers badly.

    Returns:
        A checked answer; None: there is nothing of this name (404).

    Raises:
        RateLimited: the game wants a pause, or is not there at all; the job goes on later with the
            same item, and loses none of its tries.
        ResponseError: it has no usable answer.
    """
    for number in range(ATTEMPTS):
        await asyncio.sleep(pause_before(number))
        try:
            return await _ask_once(job, question)
        except ResponseError as error:
            trouble = error
            log.info("job %d asked in vain: %s", job.id, error)
    if isinstance(trouble, UnreachableError):
        job.log(f"{trouble}; asked again in {ABSENT:g} s", "warning")
        raise RateLimited(ABSENT) from trouble
    raise trouble


def pause_before(number: int) -> float:
    """Return the seconds to wait before a try; 0 before the first one, which is number 0."""
    if number == 0:
        return 0.0
    # Spread over half of the time, so that jobs that failed together do not ask together.
    return float(BACKOFF * 2 ** (number - 1) * random.uniform(0.5, 1.0))


async def _ask_once(job: JobContext, question: Question[A]) -> A | None:
    # Here and not above: workers load this module, too, and none of them ever asks the game.
    from httpx import ConnectError, ConnectTimeout, TransportError

    address = api_address(job.data)
    try:
        response = await job.http.request(
            "GET" if question.body is None else "POST",
            address + question.path,
            json=question.body,
            headers=question.headers,
            timeout=REQUEST_TIMEOUT,
        )
    except (ConnectError, ConnectTimeout) as error:
        raise UnreachableError(f"nobody answers at {address}") from error
    except TransportError as error:
        what = str(error) or type(error).__name__
        raise ResponseError(f"the game broke off its answer ({what})") from error
    if response.status_code == 404:
        return None
    if response.status_code != 200:
        raise ResponseError(f"the game answered with status {response.status_code}")
    answer = question.read(response.content)
    if answer is None:
        raise ResponseError("the game answered with something that makes no sense")
    return answer


def api_address(data: Mapping[str, Any]) -> str:
    """Return the address of the game's API.

    Raises:
        AllianceError: it is none.
    """
    address = data.get("api") or os.environ.get("ALLIANCE_API") or DEFAULT_API
    if not (isinstance(address, str) and address.startswith(("http://", "https://"))):
        raise AllianceError(f"{address!r} is no address of an API; it begins with http://")
    return address.rstrip("/")


# ---- The roster ------------------------------------------------------------------------------

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS players (
    alliance TEXT NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    level INTEGER NOT NULL,
    kingdom INTEGER NOT NULL,
    -- The job that has found the player, so that it knows its own work again after a crash.
    added_by INTEGER NOT NULL,
    -- Seconds since 1970.
    refreshed_at REAL NOT NULL,
    PRIMARY KEY (alliance, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS players_by_age ON players (alliance, refreshed_at);

CREATE TABLE IF NOT EXISTS gifts (
    code TEXT NOT NULL,
    player INTEGER NOT NULL,
    PRIMARY KEY (code, player)
) STRICT, WITHOUT ROWID;
"""

_ADD: Final = """
INSERT INTO players (alliance, id, name, level, kingdom, added_by, refreshed_at)
VALUES (:alliance, :id, :name, :level, :kingdom, :added_by, :now)
ON CONFLICT DO NOTHING
"""
_REFRESH: Final = """
UPDATE players SET name = :name, level = :level, kingdom = :kingdom, refreshed_at = :now
WHERE alliance = :alliance AND id = :id
"""
_COUNTS: Final = """
SELECT
    (SELECT count(*) FROM players WHERE alliance = :alliance),
    (SELECT min(refreshed_at) FROM players WHERE alliance = :alliance),
    (SELECT count(*) FROM gifts JOIN players ON players.id = gifts.player
     WHERE alliance = :alliance)
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """What is known of an alliance."""

    players: int
    gifts: int
    oldest: float | None
    """When the player was looked up whose last look-up is the oldest; None: no players."""


class Roster:
    """The players of all alliances, in a file of the plug-in's own.

    What a method has written is on the disk when it returns: the supervisor hears afterwards that
    the item is done, and never repeats it.
    """

    def __init__(self, path: Path = DATABASE) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made by hand, because SQLite would make a file that other users may read.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def add(self, alliance: str, player: Player, job_id: int, now: float) -> None:
        """Remember a player; one that is known stays as it is."""
        self._connection.execute(
            _ADD, {"alliance": alliance, "added_by": job_id, "now": now, **player.model_dump()}
        )

    def refresh(self, alliance: str, player: Player, now: float) -> None:
        """Take over what is new about a known player."""
        self._connection.execute(
            _REFRESH, {"alliance": alliance, "now": now, **player.model_dump()}
        )

    def added_by(self, alliance: str, player: int) -> int | None:
        """Return which job has found a player; None: none has."""
        row = self._connection.execute(
            "SELECT added_by FROM players WHERE alliance = ? AND id = ?", (alliance, player)
        ).fetchone()
        return row[0] if row else None

    def players(self, alliance: str) -> list[str]:
        """Return the ids of all players, the smallest first."""
        rows = self._connection.execute(
            "SELECT id FROM players WHERE alliance = ? ORDER BY id", (alliance,)
        )
        return [str(row[0]) for row in rows]

    def older_than(self, alliance: str, moment: float) -> list[str]:
        """Return players that were not looked up since a moment, the oldest first."""
        rows = self._connection.execute(
            "SELECT id FROM players WHERE alliance = ? AND refreshed_at < ? "
            "ORDER BY refreshed_at LIMIT ?",
            (alliance, moment, MOST_REFRESHED),
        )
        return [str(row[0]) for row in rows]

    def add_gift(self, code: str, player: int) -> None:
        """Remember that a player has a gift."""
        self._connection.execute(
            "INSERT INTO gifts (code, player) VALUES (?, ?) ON CONFLICT DO NOTHING", (code, player)
        )

    def counts(self, alliance: str) -> Counts:
        """Return how much is known."""
        row = self._connection.execute(_COUNTS, {"alliance": alliance}).fetchone()
        return Counts(players=row[0], oldest=row[1], gifts=row[2])


@cache
def roster() -> Roster:
    """Return the runner's roster, opened when it is needed first: a runner has one thread, and
    is forked before any of this.
    """
    return Roster()


# ---- Actions ---------------------------------------------------------------------------------

PLAYERS: Final = "Numbers of players"
PLAYERS_OR_ALL: Final = "Numbers of players; none: all that are known"
API_INPUT: Final[Input] = {
    "type": "text",
    "description": "Address of the game's API, in place of the usual one",
}


@action(
    "notifications",
    priority=1,
    lane="chat",
    items="Meshes to say it in; none: the mesh of the job",
    inputs={"text": {"type": "text", "required": True, "description": "What is said"}},
)
async def notifications(job: JobContext) -> None:
    """Say a text in the job's mesh, or in each mesh that is an item."""
    text = text_of(job.data, "text")
    if not job.total:
        await job.say(text)
    async for item in job.items():
        try:
            await job.say(text, mesh_id=item.key)
        except NotSaidError as error:
            await item.failed(str(error))
        else:
            await item.done()


@action(
    "addplayer", priority=2, lane=GAME, rate_limit=GAME, items=PLAYERS, inputs={"api": API_INPUT}
)
async def addplayer(job: JobContext) -> None:
    """Look players up and remember them; those that are known already stay as they are."""

    async def add(item: JobItem, number: int) -> None:
        finder = roster().added_by(alliance_of(job), number)
        if finder is not None and finder != job.id:
            await item.existing()
            return
        if finder is None:
            roster().add(alliance_of(job), await look_up(job, number), job.id, time.time())
        await item.done()

    await for_each_player(job, add)


@action(
    "redeem_giftcode",
    priority=3,
    lane=GAME,
    rate_limit=GAME,
    items=PLAYERS_OR_ALL,
    inputs={
        "code": {"type": "text", "required": True, "description": "The code of the gift"},
        "api": API_INPUT,
    },
)
async def redeem_giftcode(job: JobContext) -> None:
    """Give players a gift; the code is checked first, because most mistakes are in it."""
    code = await check_code(job)
    await take_all_players(job)

    async def redeem(item: JobItem, number: int) -> None:
        answer = await ask(job, ask_to_redeem(number, code, item.idempotency_key))
        if answer is None:
            raise ItemError(f"the game knows no player {number}")
        if answer.result not in ("redeemed", "already redeemed"):
            raise AllianceError(f"the gift code {code} is not good any more: {answer.result}")
        roster().add_gift(code, number)
        await (item.done() if answer.result == "redeemed" else item.existing())

    await for_each_player(job, redeem)


@action(
    "refresh",
    priority=4,
    lane=GAME,
    rate_limit=GAME,
    items=PLAYERS_OR_ALL,
    inputs={"api": API_INPUT},
)
async def refresh(job: JobContext) -> None:
    """Look known players up again."""
    await take_all_players(job)

    async def look_again(item: JobItem, number: int) -> None:
        if roster().added_by(alliance_of(job), number) is None:
            raise ItemError(f"player {number} is not in this alliance")
        player = await look_up(job, number)
        roster().refresh(alliance_of(job), player, time.time())
        await item.done({"level": player.level})

    await for_each_player(job, look_again)


@action(
    "auto_refresh",
    priority=5,
    lane=GAME,
    rate_limit=GAME,
    items="",
    inputs={
        "hours": {
            "type": "number",
            "default": REFRESH_AFTER,
            "description": "How old data may be that is not looked up again",
        },
        "api": API_INPUT,
    },
)
async def auto_refresh(job: JobContext) -> None:
    """Let those be refreshed whose data is too old; for a schedule."""
    hours = job.data.get("hours", REFRESH_AFTER)
    if isinstance(hours, bool) or not isinstance(hours, int | float) or hours < 0:
        raise AllianceError(f"hours is {hours!r}; it has to be a number, 0 or more")
    data = {name: value for name, value in job.data.items() if name != "hours"}
    players = roster().older_than(alliance_of(job), time.time() - hours * 3600)
    if players:
        # With a key, so that this job, done again after a crash, submits no second one.
        await job.submit(
            "refresh", items=players, data=data, priority=5, key=f"auto_refresh {job.id}"
        )
    job.log(f"{len(players)} players were looked up more than {hours:g} h ago")


def alliance_of(job: JobContext) -> str:
    """Return the mesh whose players a job is about."""
    if not job.mesh_id:
        raise AllianceError("the job belongs to no mesh; submit it with one")
    return job.mesh_id


async def for_each_player(job: JobContext, step: Callable[[JobItem, int], Awaitable[None]]) -> None:
    """Do a step for each item that is an id; what fails is said of that item, and the others go on.

    A pause of the game (RateLimited) ends the run, not the job: it goes on with the same item.
    """
    async for item in job.items():
        try:
            number = player_id(item.key)
            if number is None:
                raise ItemError(f"{item.key[:40]!r} is no id of a player")
            await step(item, number)
        except ItemError as error:
            await item.failed(str(error))


async def look_up(job: JobContext, number: int) -> Player:
    """Return a player.

    Raises:
        ItemError: there is none, or no usable answer.
    """
    player = await ask(job, ask_player(number))
    if player is None:
        raise ItemError(f"the game knows no player {number}")
    return player


async def take_all_players(job: JobContext) -> None:
    """Make all players of the alliance items of a job that was given none."""
    if job.total:
        return
    alliance = alliance_of(job)
    players = roster().players(alliance)
    if not players:
        raise AllianceError(f"no players are known in {alliance}; add some with ?addplayers")
    await job.add_items(players)


async def check_code(job: JobContext) -> str:
    """Return the job's gift code, if it is any good."""
    code = text_of(job.data, "code")
    if not _CODE.fullmatch(code):
        raise AllianceError(f"{code[:40]!r} is no gift code: up to 32 letters and digits")
    answer = await ask(job, ask_code(code))
    if answer is None:
        raise AllianceError(f"the game knows no gift code {code}")
    if answer.state == "expired":
        raise AllianceError(f"the gift code {code} has expired")
    return code


def text_of(data: Mapping[str, Any], name: str) -> str:
    """Return a text that a job cannot do without."""
    text = data.get(name)
    if not (isinstance(text, str) and text.strip()):
        raise AllianceError(f'the job has no {name}; its data should be like {{"{name}": "…"}}')
    return text.strip()


# ---- Chat commands ---------------------------------------------------------------------------
# How the jobs go on, and how they end, is said in the chat by the supervisor.


@command("addplayers", admin=True, help="Add players by their ids: addplayers 123 200-250")
async def add_players(ctx: CommandContext) -> str:
    """Submit `addplayer`."""
    try:
        wanted = Ids.parse(ctx.argument_text)
    except AllianceError as error:
        return str(error)
    if not wanted.ids:
        return f"Which ones? Like {ctx.prefix}addplayers 40393986 40393990-40394100{wanted.note()}"
    return await submit(ctx, "addplayer", items=wanted.ids) + wanted.note()


@command("redeem", admin=True, help="Redeem a gift code for all players: redeem CODE")
async def redeem_code(ctx: CommandContext) -> str:
    """Submit `redeem_giftcode`; whether the code is any good is for the job to find out."""
    if len(ctx.args) != 1:
        return f"Which code? Like {ctx.prefix}redeem WELCOME2026"
    return await submit(ctx, "redeem_giftcode", code=ctx.args[0])


@command("refreshplayers", admin=True, help="Look all players up again")
async def refresh_players(ctx: CommandContext) -> str:
    """Submit `refresh`."""
    return await submit(ctx, "refresh")


@command("announce", admin=True, help="Have the bot say something: announce TEXT")
async def announce(ctx: CommandContext) -> str:
    """Submit `notifications`, which goes before everything else that waits."""
    if not ctx.argument_text.strip():
        return f"What? Like {ctx.prefix}announce The castle opens at eight."
    return await submit(ctx, "notifications", text=ctx.argument_text)


@command("alliance", help="How many players and gifts are known")
def show_alliance(ctx: CommandContext) -> str:
    """Count; no coroutine, because the file may let it wait, and that is done in a thread."""
    with closing(Roster()) as opened:
        counts = opened.counts(ctx.mesh_id)
    if counts.oldest is None:
        return f"Nobody is known in {ctx.mesh_id} yet; {ctx.prefix}addplayers adds players."
    minutes = (time.time() - counts.oldest) / 60
    return (
        f"{ctx.mesh_id}: {numbered(counts.players, 'player')}, "
        f"{numbered(counts.gifts, 'gift')} redeemed; the oldest data is {minutes:,.0f} min old."
    )


async def submit(
    ctx: CommandContext, action_name: str, *, items: Sequence[str] | None = None, **data: object
) -> str:
    """Submit a job for the mesh and return the answer to its user."""
    return (await ctx.submit(action_name, items=items, data=data)).text


def numbered(count: int, word: str) -> str:
    """Return a number with its word."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
