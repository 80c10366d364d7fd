"""The actions in a real runner, against the game API and all its faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import ModuleType

import pytest

from examples.alliance.game_api import Fault, GameApi, Trouble
from examples.lane import Lane
from meshvisor.features.jobs.messages.from_runner import JobFinished, JobRateLimited

ANN, BOB, CID, UNKNOWN = "40393986", "40393987", "40393988", "40393999"
"""With seed 0: three players, and an id that no player has."""


@pytest.fixture(autouse=True)
def _at_once(alliance: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no waits between two tries."""
    monkeypatch.setattr(alliance, "BACKOFF", 0.0)


@pytest.fixture
async def lane(game: GameApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lane]:
    """Return a lane whose runner has the plug-in and knows the game."""
    monkeypatch.setenv("ALLIANCE_API", game.url)
    async with Lane() as opened:
        yield opened


def fault(game: GameApi, kind: Fault, times: int = 1, seconds: float = 0.0) -> None:
    """Have the next answers go wrong."""
    game.weather.ask(Trouble(kind, seconds), times)


# ---- addplayer -------------------------------------------------------------------------------


async def test_add_players(alliance: ModuleType, lane: Lane) -> None:
    """Players are looked up and remembered; unknown ids and other words fail with a reason."""
    job = await lane.do("addplayer", [ANN, f"#{BOB},", UNKNOWN, "ann"])
    assert job.states == {ANN: "done", f"#{BOB},": "done", UNKNOWN: "failed", "ann": "failed"}
    assert job.error(UNKNOWN) == f"the game knows no player {UNKNOWN}"
    assert job.error("ann") == "'ann' is no id of a player"
    assert alliance.roster().players("lobby") == [ANN, BOB]


async def test_add_known_players(lane: Lane, game: GameApi) -> None:
    """Who is known already is `existing`, and the game is not asked again."""
    await lane.do("addplayer", [ANN])
    job = await lane.do("addplayer", [ANN, BOB])
    assert job.states == {ANN: "existing", BOB: "done"}
    assert game.game.fetched == {int(ANN): 1, int(BOB): 1}


async def test_add_after_a_crash(lane: Lane, game: GameApi) -> None:
    """A job whose crash has cost it an outcome knows its own work again."""
    job = await lane.do("addplayer", [ANN, BOB])
    job.forget(BOB)
    await lane.run(job)
    assert job.states == {ANN: "done", BOB: "done"}
    assert game.game.fetched == {int(ANN): 1, int(BOB): 1}


async def test_the_game_wants_a_pause(lane: Lane, game: GameApi) -> None:
    """A 429 pauses the job for as long as the game says; it goes on with the same player."""
    fault(game, Fault.LIMIT, seconds=7)
    job = lane.submit("addplayer", [ANN, BOB])
    end = await lane.run(job)
    assert isinstance(end, JobRateLimited)
    assert end.resume_after == 7
    assert not job.outcomes
    await lane.run(job)
    assert job.states == {ANN: "done", BOB: "done"}


@pytest.mark.parametrize("kind", [Fault.ERROR, Fault.LOST, Fault.MALFORMED, Fault.SHAPE])
async def test_a_bad_moment(lane: Lane, game: GameApi, kind: Fault) -> None:
    """What goes wrong a few times is tried again within the item."""
    fault(game, kind, times=3)
    assert (await lane.do("addplayer", [ANN])).states == {ANN: "done"}


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (Fault.ERROR, "the game answered with status 503"),
        (Fault.LOST, "the game answered with status 502"),
        (Fault.MALFORMED, "the game answered with something that makes no sense"),
        (Fault.SHAPE, "the game answered with something that makes no sense"),
    ],
)
async def test_bad_for_longer(
    alliance: ModuleType, lane: Lane, game: GameApi, kind: Fault, error: str
) -> None:
    """After a few tries the item has failed, nothing is stored, and the next item goes on."""
    fault(game, kind, times=alliance.ATTEMPTS)
    job = await lane.do("addplayer", [ANN, BOB])
    assert job.states == {ANN: "failed", BOB: "done"}
    assert job.error(ANN) == error
    assert alliance.roster().players("lobby") == [BOB]


async def test_no_server(alliance: ModuleType, lane: Lane) -> None:
    """A game that is gone costs no item: the job waits, and its log says why."""
    address = "http://127.0.0.1:1"
    job = lane.submit("addplayer", [ANN], api=address)
    end = await lane.run(job)
    assert isinstance(end, JobRateLimited)
    assert end.resume_after == alliance.ABSENT
    assert not job.outcomes
    assert job.log == [f"nobody answers at {address}; asked again in 30 s"]


# ---- redeem_giftcode -------------------------------------------------------------------------


async def test_redeem_for_all(alliance: ModuleType, lane: Lane, game: GameApi) -> None:
    """A job without items gives the gift to all known players, each once."""
    await lane.do("addplayer", [ANN, BOB])
    job = await lane.do("redeem_giftcode", code="FROSTY")
    assert job.states == {ANN: "done", BOB: "done"}
    assert game.game.redeemed == {(int(ANN), "FROSTY"): 1, (int(BOB), "FROSTY"): 1}
    assert alliance.roster().counts("lobby").gifts == 2


async def test_redeem_for_some(lane: Lane, game: GameApi) -> None:
    """A job with items gives it to these, known or not; an unknown id fails."""
    job = await lane.do("redeem_giftcode", [CID, UNKNOWN, "x"], code="FROSTY")
    assert job.states == {CID: "done", UNKNOWN: "failed", "x": "failed"}
    assert game.game.redeemed == {(int(CID), "FROSTY"): 1}


async def test_redeem_again(lane: Lane) -> None:
    """Who has the gift from an earlier job is `existing`."""
    await lane.do("redeem_giftcode", [ANN], code="FROSTY")
    assert (await lane.do("redeem_giftcode", [ANN], code="FROSTY")).states == {ANN: "existing"}


async def test_redeem_after_a_crash(lane: Lane, game: GameApi) -> None:
    """An item that is done again after a crash is the same redemption, not a second one."""
    job = await lane.do("redeem_giftcode", [ANN, BOB], code="FROSTY")
    job.forget(BOB)
    await lane.run(job)
    assert job.states == {ANN: "done", BOB: "done"}
    assert game.game.redeemed == {(int(ANN), "FROSTY"): 1, (int(BOB), "FROSTY"): 1}


async def test_a_lost_answer(lane: Lane, game: GameApi) -> None:
    """Where only the answer was lost, the gift is not asked for a second time."""
    job = lane.submit("redeem_giftcode", [ANN, BOB], code="FROSTY")
    fault(game, Fault.SLOW)  # that is the answer about the code
    fault(game, Fault.LOST)
    fault(game, Fault.MALFORMED)
    await lane.run(job)
    assert job.states == {ANN: "done", BOB: "done"}
    assert game.game.redeemed == {(int(ANN), "FROSTY"): 1, (int(BOB), "FROSTY"): 1}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"code": "SUMMER2025"}, "the gift code SUMMER2025 has expired"),
        ({"code": "NO"}, "the game knows no gift code NO"),
        ({"code": "../calls"}, "'../calls' is no gift code"),
        ({}, "the job has no code"),
        ({"code": 5}, "the job has no code"),
    ],
)
async def test_codes_that_are_no_good(
    lane: Lane, game: GameApi, data: dict[str, object], error: str
) -> None:
    """A code that is no good fails the job before anything is redeemed, and says why."""
    assert error in await lane.fail("redeem_giftcode", [ANN], **data)
    assert not game.game.redeemed


async def test_redeem_without_players(lane: Lane) -> None:
    """Without players to give it to, the job says how that is mended."""
    assert "add some with ?addplayers" in await lane.fail("redeem_giftcode", code="FROSTY")


# ---- refresh and auto_refresh ----------------------------------------------------------------


async def test_refresh(alliance: ModuleType, lane: Lane, game: GameApi) -> None:
    """All known players get their new levels; others are no business of this alliance."""
    await lane.do("addplayer", [ANN, BOB])
    game.game.levels[int(ANN)] = 50
    job = await lane.do("refresh")
    assert job.states == {ANN: "done", BOB: "done"}
    assert job.outcomes[0].result == {"level": 50}
    assert (await lane.do("refresh", [CID])).error(CID) == f"player {CID} is not in this alliance"
    assert alliance.roster().players("lobby") == [ANN, BOB]


async def test_auto_refresh(lane: Lane) -> None:
    """Whose data is too old gets a job of the least priority, one however often it is tried."""
    await lane.do("addplayer", [ANN, BOB])
    assert not (await lane.do("auto_refresh")).submitted
    job = await lane.do("auto_refresh", hours=0)
    (wanted,) = job.submitted
    assert (wanted.action, wanted.priority) == ("refresh", 5)
    assert set(wanted.items or ()) == {ANN, BOB}
    await lane.run(job)
    assert job.submitted[1].key == wanted.key is not None


@pytest.mark.parametrize("hours", ["a day", -1, True, None])
async def test_hours_that_are_none(lane: Lane, hours: object) -> None:
    """What is no number of hours is refused."""
    assert "it has to be a number" in await lane.fail("auto_refresh", hours=hours)


# ---- notifications ---------------------------------------------------------------------------


async def test_notify_here(lane: Lane) -> None:
    """Without items the text is said in the job's mesh."""
    assert (await lane.do("notifications", text="Castle at 8")).said == [("lobby", "Castle at 8")]


async def test_notify_others(lane: Lane) -> None:
    """Each item is a mesh; one whose bot is not there fails, and the others hear it."""
    lane.absent.add("cinema")
    job = await lane.do("notifications", ["lobby", "cinema", "workshop"], text="Castle at 8")
    assert job.said == [("lobby", "Castle at 8"), ("workshop", "Castle at 8")]
    assert job.states == {"lobby": "done", "cinema": "failed", "workshop": "done"}
    assert job.error("cinema") == "no bot is in cinema"


async def test_nothing_to_say(lane: Lane) -> None:
    """A job without a text fails."""
    assert "the job has no text" in await lane.fail("notifications", text="  ")


async def test_two_jobs_at_a_time(alliance: ModuleType, lane: Lane) -> None:
    """Jobs of one runner share the roster."""
    one, other = lane.submit("addplayer", [ANN, BOB]), lane.submit("addplayer", [CID])
    ends = await asyncio.gather(lane.run(one), lane.run(other))
    assert all(isinstance(end, JobFinished) for end in ends)
    assert alliance.roster().players("lobby") == [ANN, BOB, CID]
