from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.fleet.supervisor.discovery import (
    FIRST_RETRY,
    LONGEST_BACKOFF,
    MOST_INTERVALS,
    DiscoveredMesh,
    Discovery,
    DiscoveryError,
    Provider,
    Rhythm,
    StaticProvider,
    wait,
)
from meshvisor.features.watch_party.supervisor.discovery.rest import RestOptions, RestProvider
from meshvisor.playground.server import Playground
from tests.clock import ManualClock

INTERVAL = 60.0


class Hand:
    """A provider that answers what a test says, when it says so."""

    def __init__(self, source: str, *mesh_ids: str) -> None:
        self.source = source
        self.mesh_ids: Sequence[str] = mesh_ids
        self.server = "ws://a:1"
        self.error: str | Exception | None = None
        self.transient = False
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def find(self) -> Sequence[DiscoveredMesh]:
        """Answer."""
        self.asked += 1
        answer = [DiscoveredMesh(mesh_id, self.server, self.source) for mesh_id in self.mesh_ids]
        await self.may_answer.wait()
        if isinstance(self.error, Exception):
            raise self.error
        if self.error is not None:
            raise DiscoveryError(self.error, transient=self.transient)
        return answer


class Wanted:
    """Takes what discovery finds."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[DiscoveredMesh], float]] = []

    def __call__(self, meshes: Sequence[DiscoveredMesh], asked_at: float) -> None:
        """Note a call."""
        self.calls.append((list(meshes), asked_at))

    @property
    def ids(self) -> list[str]:
        """The ids of the meshes that are wanted now."""
        return [mesh.mesh_id for mesh in self.calls[-1][0]]

    @property
    def stale(self) -> list[str]:
        """The ids of those that are only remembered."""
        return [mesh.mesh_id for mesh in self.calls[-1][0] if mesh.stale]


class Pauses:
    """The rhythm of a test: each pause lasts until the test ends it."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._begun: asyncio.Queue[float] = asyncio.Queue()
        self._end = asyncio.Event()
        self.rhythm = Rhythm(self._wait, lambda _, most: most)

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        self._begun.put_nowait(seconds)
        ends = [asyncio.create_task(e.wait()) for e in (event, self._end)]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ends:
                task.cancel()
        self._end.clear()

    async def begun(self) -> float:
        """Wait until a pause begins; return how long it is to be."""
        return await self._begun.get()

    async def sit_out(self) -> float:
        """Wait until a pause begins, have its time pass, and return how long it was."""
        seconds = await self.begun()
        self._clock.advance(seconds)
        self._end.set()
        return seconds


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture
def pauses(clock: ManualClock) -> Pauses:
    """Pauses without time."""
    return Pauses(clock)


@pytest.fixture
def wanted() -> Wanted:
    """The callback for meshes."""
    return Wanted()


@pytest.fixture
def discover(clock: ManualClock, wanted: Wanted, pauses: Pauses) -> Callable[..., Discovery]:
    """Make a discovery of the given providers."""

    def make(*providers: Provider, interval: float = INTERVAL) -> Discovery:
        return Discovery(providers, interval, clock, wanted, pauses.rhythm)

    return make


@pytest.fixture
async def running() -> AsyncIterator[Callable[[Discovery], None]]:
    """Run discoveries until the test ends."""
    tasks: list[asyncio.Task[None]] = []

    def start(discovery: Discovery) -> None:
        tasks.append(asyncio.create_task(discovery.run()))

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


Discover = Callable[..., Discovery]


# ---- One look ------------------------------------------------------------------------------------


async def test_settings_come_first(discover: Discover, wanted: Wanted, clock: ManualClock) -> None:
    """What several providers know is taken from the first, and nothing is wanted twice."""
    settings = StaticProvider(
        [StaticMesh(id="lobby"), StaticMesh(id="attic", server="ws://own:1")],
        lambda _: "ws://default:1",
    )
    report = await discover(settings, Hand("platform", "cinema", "lobby", "cinema")).poll()

    assert wanted.calls[-1] == (
        [
            DiscoveredMesh("lobby", "ws://default:1", "settings"),
            DiscoveredMesh("attic", "ws://own:1", "settings"),
            DiscoveredMesh("cinema", "ws://a:1", "platform"),
        ],
        clock.monotonic(),
    )
    assert report.found == 3
    assert report.added == ("lobby", "attic", "cinema")
    assert report.errors == ()


async def test_what_has_changed(discover: Discover, wanted: Wanted, clock: ManualClock) -> None:
    """A report says what is new and what is gone since the look before."""
    platform = Hand("platform", "lobby", "cinema")
    discovery = discover(platform)
    await discovery.poll()
    platform.mesh_ids = ("cinema", "attic")
    clock.advance(5)
    report = await discovery.poll()

    assert (report.found, report.added, report.removed) == (2, ("attic",), ("lobby",))
    assert wanted.ids == ["cinema", "attic"]
    assert wanted.calls[-1][1] == clock.monotonic()


async def test_nothing_new(discover: Discover, wanted: Wanted) -> None:
    """A look that finds the same is reported once: meshes that were left are joined again."""
    discovery = discover(Hand("settings", "attic"), Hand("platform", "lobby"))
    await discovery.poll()
    wanted.calls.clear()
    report = await discovery.poll()

    assert (report.added, report.removed) == ((), ())
    assert len(wanted.calls) == 1


async def test_nothing_to_ask(discover: Discover, wanted: Wanted) -> None:
    """Without providers nothing is wanted."""
    assert (await discover().poll()).found == 0
    assert wanted.ids == []


async def test_a_moved_mesh(discover: Discover, wanted: Wanted) -> None:
    """Another address of the same mesh is news, but neither found nor gone."""
    platform = Hand("platform", "lobby")
    discovery = discover(platform)
    await discovery.poll()
    platform.server = "ws://b:1"
    report = await discovery.poll()

    assert (report.added, report.removed) == ((), ())
    assert wanted.calls[-1][0][0].server == "ws://b:1"


async def test_settings_do_not_wait_for_a_slow_platform(discover: Discover, wanted: Wanted) -> None:
    """Each answer counts as soon as it is there."""
    platform = Hand("platform", "lobby")
    platform.may_answer.clear()
    poll = asyncio.create_task(discover(Hand("settings", "attic"), platform).poll())
    while not wanted.calls:
        await asyncio.sleep(0)
    assert wanted.ids == ["attic"]

    platform.may_answer.set()
    await poll
    assert wanted.ids == ["attic", "lobby"]


async def test_a_late_answer_does_not_undo_a_newer_one(
    discover: Discover, wanted: Wanted, clock: ManualClock
) -> None:
    """Two looks at the same time end with what was asked last, in whatever order they end."""
    platform = Hand("platform", "old")
    platform.may_answer.clear()
    discovery = discover(platform)
    slow = asyncio.create_task(discovery.poll())
    while not platform.asked:
        await asyncio.sleep(0)
    held, platform.may_answer = platform.may_answer, asyncio.Event()
    platform.may_answer.set()
    platform.mesh_ids = ("new",)
    clock.advance(1)
    await discovery.poll()
    held.set()
    await slow

    assert wanted.ids == ["new"]


# ---- Failures ------------------------------------------------------------------------------------


async def test_known_meshes_stay(discover: Discover, wanted: Wanted, clock: ManualClock) -> None:
    """A platform that is down stops nothing; its meshes count as remembered, not as seen."""
    platform = Hand("platform", "lobby")
    discovery = discover(Hand("settings", "attic"), platform)
    await discovery.poll()
    assert wanted.stale == []
    platform.error = "the platform is down"
    clock.advance(1)
    report = await discovery.poll()

    assert wanted.ids == ["attic", "lobby"]
    assert wanted.stale == ["lobby"]
    assert (report.found, report.removed) == (2, ())
    assert report.errors == ("the platform is down",)
    assert list(discovery.last_errors) == ["the platform is down"]

    platform.error = None
    clock.advance(1)
    await discovery.poll()
    assert wanted.stale == []
    assert list(discovery.last_errors) == []


@pytest.mark.parametrize(
    "error",
    [
        UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed"),
        RecursionError("too deep"),
        ExceptionGroup("several", [ValueError("one"), OverflowError("other")]),
        MemoryError(),
    ],
)
async def test_a_provider_that_breaks(
    discover: Discover,
    wanted: Wanted,
    clock: ManualClock,
    error: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever a provider raises is a failed look: its meshes stay, and others are asked."""
    hand = Hand("platform", "lobby")
    discovery = discover(hand, Hand("playground", "cinema"))
    await discovery.poll()
    hand.error = error
    clock.advance(1)
    report = await discovery.poll()

    assert wanted.ids == ["lobby", "cinema"]
    assert wanted.stale == ["lobby"]
    [sentence] = report.errors
    assert "the platform" in sentence
    assert "discovery.crashed" in {getattr(record, "event", "") for record in caplog.records}
    hand.error = None
    assert (await discovery.poll()).errors == ()


async def test_a_failure_is_logged_when_it_changes(
    discover: Discover, caplog: pytest.LogCaptureFixture
) -> None:
    """An outage of a night is a few lines in the log, not one for each look."""
    caplog.set_level(logging.INFO)
    platform = Hand("platform", "lobby")
    discovery = discover(platform)
    for error in ("down", "down", "wrong", "wrong", None, None, "down"):
        platform.error = error
        await discovery.poll()

    assert [record.getMessage() for record in caplog.records] == [
        "down; its meshes known so far stay",
        "wrong; its meshes known so far stay",
        "the platform lists its meshes again",
        "meshes found: lobby",
        "down; its meshes known so far stay",
    ]


async def test_a_long_list_is_cut_short_in_the_log(
    discover: Discover, caplog: pytest.LogCaptureFixture
) -> None:
    """Five hundred new meshes do not fill the screen."""
    caplog.set_level(logging.INFO)
    await discover(Hand("platform", *[f"m{number}" for number in range(500)])).poll()

    assert caplog.messages == ["meshes found: m0, m1, m2, m3, m4, m5, m6, m7, m8, m9 and 490 more"]


async def test_a_real_platform_that_goes_down(wanted: Wanted, clock: ManualClock) -> None:
    """With a real server: found, kept while it is down, followed when it is back."""
    async with Playground(2) as playground:
        options = RestOptions(playground.url, "all", "d", None, "ws://default:1", "playground")
        discovery = Discovery([RestProvider(options)], INTERVAL, clock, wanted)
        assert (await discovery.poll()).added == ("lobby", "cinema")
        await playground.go_down()
        report = await discovery.poll()
        assert report.errors == (
            f"the playground at {playground.url} cannot be reached: Connection refused",
        )
        assert wanted.ids == ["lobby", "cinema"]
        await playground.come_up()
        playground.end_room("lobby")
        playground.add_room("attic")
        report = await discovery.poll()

    assert (report.added, report.removed, report.errors) == (("attic",), ("lobby",), ())


# ---- Looking for ever ----------------------------------------------------------------------------


async def test_every_interval(
    discover: Discover, pauses: Pauses, running: Callable[[Discovery], None]
) -> None:
    """Providers are asked at once, and then in the rhythm of the settings."""
    platform = Hand("platform")
    running(discover(platform))

    assert [await pauses.sit_out() for _ in range(3)] == [INTERVAL] * 3
    await pauses.begun()
    assert platform.asked == 4


async def test_backoff(
    discover: Discover, pauses: Pauses, running: Callable[[Discovery], None]
) -> None:
    """A provider that fails is asked less and less, up to a limit, the others as usual."""
    settings, platform = Hand("settings"), Hand("platform")
    platform.error = "down"
    running(discover(settings, platform, interval=10.0))
    asked = []
    for _ in range(40):
        before = platform.asked
        assert await pauses.sit_out() == 10.0
        await asyncio.sleep(0)
        asked.append(before)
    failures = [asked.index(count) for count in range(1, max(asked))]

    assert [after - before for before, after in pairwise(failures)] == [
        2,
        4,
        8,
        MOST_INTERVALS,
    ]
    assert settings.asked == 40


@pytest.mark.parametrize(
    ("interval", "retries"),
    [
        (10.0, [1, 2, 4, 8, 16, 32, 64, 100, 100]),
        (60.0, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]),
        (0.5, [0.5, 1, 2, 4, 5, 5]),
        (3600.0, [2.0**n for n in range(12)] + [3600, 3600]),
    ],
)
async def test_a_platform_that_is_down_for_a_moment(
    discover: Discover,
    pauses: Pauses,
    running: Callable[[Discovery], None],
    interval: float,
    retries: list[float],
) -> None:
    """It is asked again soon, and less and less when it stays away."""
    platform = Hand("platform")
    platform.error, platform.transient = "down", True
    running(discover(platform, interval=interval))

    assert [await pauses.sit_out() for _ in retries] == retries


async def test_others_do_not_take_part_in_retries(
    discover: Discover, pauses: Pauses, running: Callable[[Discovery], None], wanted: Wanted
) -> None:
    """Only who is down is asked again soon, and what is found then counts at once."""
    settings, platform = Hand("settings", "attic"), Hand("platform", "lobby")
    platform.error, platform.transient = "down", True
    running(discover(settings, platform))
    assert [await pauses.sit_out() for _ in range(2)] == [1.0, 2.0]
    platform.error = None
    assert await pauses.sit_out() == INTERVAL - 3.0

    assert wanted.ids == ["attic", "lobby"]
    assert (settings.asked, platform.asked) == (1, 3)


async def test_a_failure_that_an_operator_sees_is_followed_up(
    discover: Discover, pauses: Pauses, running: Callable[[Discovery], None]
) -> None:
    """A look in between that fails brings the next regular one forward."""
    platform = Hand("platform")
    discovery = discover(platform)
    running(discovery)
    assert await pauses.begun() == INTERVAL
    platform.error, platform.transient = "down", True
    await discovery.poll()

    assert await pauses.begun() == FIRST_RETRY
    assert platform.asked == 2


async def test_the_longest_backoff(
    discover: Discover, pauses: Pauses, running: Callable[[Discovery], None]
) -> None:
    """Also with a long interval a platform that is back is found within ten minutes."""
    platform = Hand("platform")
    platform.error = "down"
    running(discover(platform, interval=400.0))

    assert [await pauses.sit_out() for _ in range(3)] == [LONGEST_BACKOFF] * 3


async def test_a_failing_provider_is_never_asked_more_often(
    discover: Discover, pauses: Pauses, running: Callable[[Discovery], None]
) -> None:
    """The limit of the backoff does not shorten an interval that is longer."""
    platform = Hand("platform")
    platform.error = "down"
    running(discover(platform, interval=3600.0))

    assert [await pauses.sit_out() for _ in range(3)] == [3600.0] * 3


async def test_after_a_failure(
    discover: Discover, pauses: Pauses, running: Callable[[Discovery], None]
) -> None:
    """One answer ends the backoff."""
    platform = Hand("platform")
    platform.error = "down"
    running(discover(platform))
    assert [await pauses.sit_out(), await pauses.sit_out()] == [2 * INTERVAL, 4 * INTERVAL]
    platform.error = None
    assert await pauses.sit_out() == INTERVAL
    platform.error = "down"
    assert await pauses.sit_out() == 2 * INTERVAL


@given(st.floats(0.1, 10_000), st.integers(0, 2000), st.booleans())
def test_no_backoff_is_out_of_bounds(interval: float, failures: int, transient: bool) -> None:
    """Whatever the interval and however long the outage, the pause is sane."""
    limits: list[tuple[float, float]] = []

    def jitter(least: float, most: float) -> float:
        limits.append((least, most))
        return most

    async def fail() -> None:
        platform = Hand("platform")
        platform.error, platform.transient = "down", transient
        rhythm = Rhythm(wait, jitter)
        discovery = Discovery([platform], interval, ManualClock(), Wanted(), rhythm)
        discovery._sources[0].failures = failures
        await discovery.poll()

    asyncio.run(fail())
    [(least, most)] = limits
    assert most <= max(interval, min(10 * interval, LONGEST_BACKOFF))
    if transient and most < interval:
        assert least == most / 2 >= min(FIRST_RETRY, interval) / 2
    else:
        assert least == interval <= most


async def test_an_operators_look_replaces_the_next_regular_one(
    discover: Discover, pauses: Pauses, clock: ManualClock, running: Callable[[Discovery], None]
) -> None:
    """What was asked a moment ago is not asked again before an interval has passed."""
    platform = Hand("platform")
    discovery = discover(platform)
    running(discovery)
    await pauses.begun()
    clock.advance(INTERVAL / 2)
    await discovery.poll()
    discovery.configure([platform], INTERVAL)
    await discovery.poll()

    assert await pauses.begun() == INTERVAL
    assert platform.asked == 3


# ---- Other settings ------------------------------------------------------------------------------


async def test_new_settings_hold_at_once(
    discover: Discover,
    wanted: Wanted,
    pauses: Pauses,
    running: Callable[[Discovery], None],
) -> None:
    """A change of the settings ends the pause."""
    discovery = discover(Hand("settings", "attic"))
    running(discovery)
    assert await pauses.begun() == INTERVAL
    discovery.configure([Hand("settings", "cellar")], 5.0)

    assert await pauses.begun() == 5.0
    assert wanted.ids == ["cellar"]


async def test_new_settings_while_a_platform_is_down(discover: Discover, wanted: Wanted) -> None:
    """What is known of a platform outlives a change of how it is asked."""
    settings, platform = Hand("settings"), Hand("platform", "lobby")
    discovery = discover(settings, platform)
    await discovery.poll()
    again = Hand("platform", "cinema")
    again.error = "down"
    discovery.configure([Hand("settings", "attic"), again], INTERVAL)
    report = await discovery.poll()
    assert wanted.ids == ["attic", "lobby"]
    assert (report.added, report.removed) == (("attic",), ())

    again.error = None
    await discovery.poll()
    assert wanted.ids == ["attic", "cinema"]


async def test_a_platform_that_is_not_asked_any_more(discover: Discover, wanted: Wanted) -> None:
    """Meshes that only it knew are wanted no longer."""
    settings = Hand("settings", "attic")
    discovery = discover(settings, Hand("platform", "lobby"))
    await discovery.poll()
    discovery.configure([settings], INTERVAL)
    await discovery.poll()

    assert wanted.ids == ["attic"]


# ---- Time ----------------------------------------------------------------------------------------


async def test_a_wait_ends_by_itself_or_by_the_event() -> None:
    """Whatever comes first."""
    event = asyncio.Event()
    await wait(event, 0.0)
    event.set()
    await wait(event, 3600.0)
