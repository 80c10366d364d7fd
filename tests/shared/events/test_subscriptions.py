"""Subscribers hear of everything that was committed, in order, whatever becomes of others."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import pytest

from meshvisor.shared.events import cursors
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.events.subscriptions import AT_A_TIME, UNSAVED, Batch, Subscription
from tests.shared.events.conftest import House, Listener, appending


def subscription(listener: Listener, name: str = "one", *kinds: str) -> Subscription:
    """Return a subscription of a listener."""
    return Subscription(name, listener.handle, (Wanted(kinds),))


async def place(house: House, name: str = "one") -> int | None:
    """Return how far a subscriber is, as it is written."""
    return await house.store.read(lambda db: cursors.find(db, name))


async def test_events_come_in_their_order(house: House) -> None:
    """What is appended after the start, by whichever transaction."""
    await house.append("a.before")
    listener = Listener()
    await house.run(subscription(listener))
    await house.append("a.1", "a.2")
    await house.append("a.3")
    heard = await listener.until(3)
    assert [(event.seq, event.kind) for event in heard] == [(2, "a.1"), (3, "a.2"), (4, "a.3")]


async def test_no_subscriber_hears_of_what_is_not_committed(house: House) -> None:
    """A subscriber sees in the database what it is notified of; what was undone it never hears."""
    listener = Listener()
    seen: list[int] = []

    def look(batch: Batch) -> None:
        count = house.store.read_now(lambda db: db.execute("SELECT max(seq) FROM events"))
        del count
        db = sqlite3.connect(house.store.path)
        seen.append(db.execute("SELECT max(seq) FROM events").fetchone()[0] - batch.events[-1].seq)
        db.close()

    def undone(db: sqlite3.Connection) -> None:
        appending("a.undone")(db)
        raise ValueError("no")

    listener.before = look
    await house.run(subscription(listener))
    for _ in range(5):
        with pytest.raises(ValueError, match="no"):
            await house.store.write(undone)
        await house.append("a.b")
    await listener.until(5)
    assert listener.kinds == ["a.b"] * 5
    assert min(seen) >= 0


async def test_only_what_was_subscribed(house: House) -> None:
    """Kinds and families; the others move the place all the same."""
    jobs, meshes = Listener(), Listener()
    made = await house.run(
        subscription(jobs, "jobs", "job.done", "job.failed"), subscription(meshes, "m", "mesh.*")
    )
    await house.append("job.done", "mesh.x", "job.queued", "job.failed", "mesh.y")
    await asyncio.gather(jobs.until(2), meshes.until(2))
    assert (jobs.kinds, meshes.kinds) == (["job.done", "job.failed"], ["mesh.x", "mesh.y"])
    async with asyncio.timeout(30):
        while made.read_by_all < 5:
            await asyncio.sleep(0)


async def test_what_is_passed_over_is_noted_later(house: House) -> None:
    """Nothing is written for it; a subscriber that is killed is handed it again, and one that ends
    is not.
    """
    listener = Listener()
    listener.before = lambda batch: batch.pass_over()
    await house.run(subscription(listener))
    await house.append("a.1")
    await listener.until(1)
    await house.append("a.2")
    await listener.until(2)
    assert await place(house) == 0
    await house.kill()
    again = Listener()
    again.before = lambda batch: batch.pass_over()
    await house.run(subscription(again))
    await again.until(2)
    await house.stop()
    assert await place(house) == 2


async def test_no_subscriber_reads_what_is_of_no_interest(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their places move on without a look, and the next one of interest comes all the same."""
    listener = Listener()
    made = await house.run(
        subscription(listener, "m", "mesh.*"), subscription(Listener(), "j", "job.a")
    )
    stream = made.follow(0, Wanted(("mesh.*",)))
    async with asyncio.timeout(30):
        await house.append("mesh.1")
        assert (await anext(stream)).seq == 1
        coming = asyncio.ensure_future(anext(stream))
        while made.read_by_all < 1:
            await asyncio.sleep(0)
        await listener.until(1)
        # The follower has looked, too.
        await house.store.read(lambda db: None)
        reads, read = 0, house.store.read

        async def counted(work: Any) -> Any:
            nonlocal reads
            reads += 1
            return await read(work)

        monkeypatch.setattr(house.store, "read", counted)
        last, quiet = 1, 0
        while quiet < 10:  # those who have just heard of something still look once
            reads, last = 0, last + 1
            await house.append("x.y")
            while made.read_by_all < last:
                await asyncio.sleep(0)
            assert quiet == 0 or reads == 0
            quiet += not reads
        await house.append("mesh.2")
        assert (await coming).kind == "mesh.2"
    await listener.until(2)
    assert listener.kinds == ["mesh.1", "mesh.2"]
    await stream.aclose()


async def test_after_a_stop_it_goes_on_where_it_was(house: House) -> None:
    """What came while no supervisor ran is heard, and nothing twice."""
    first, second = Listener(), Listener()
    await house.run(subscription(first))
    await house.append("a.1", "a.2")
    await first.until(2)
    await house.stop()
    await house.append("a.3")
    await house.run(subscription(second))
    await second.until(1)
    assert (first.kinds, second.kinds) == (["a.1", "a.2"], ["a.3"])


async def test_what_was_not_noted_is_heard_again(house: House) -> None:
    """A crash between handling and its note repeats the batch: at least once."""
    first, second = Listener(), Listener()
    entered = asyncio.Event()

    async def crash(batch: Batch) -> None:
        await first.handle(batch)
        entered.set()
        await asyncio.get_running_loop().create_future()

    await house.run(Subscription("one", crash))
    await house.append("a.1")
    async with asyncio.timeout(30):
        await entered.wait()
    await house.kill()
    await house.run(subscription(second))
    await second.until(1)
    assert (first.kinds, second.kinds) == (["a.1"], ["a.1"])


async def test_what_is_saved_together_happens_once(house: House) -> None:
    """A note in the database and the cursor are one transaction, wherever the crash comes."""
    await house.store.write(lambda db: db.execute("CREATE TABLE notes (seq INTEGER) STRICT"))
    listener = Listener()
    attempts = 0

    def note(batch: Batch, db: sqlite3.Connection) -> int:
        db.executemany("INSERT INTO notes VALUES (?)", [(event.seq,) for event in batch.events])
        return len(batch.events)

    async def handle(batch: Batch) -> None:
        nonlocal attempts
        attempts += 1

        def work(db: sqlite3.Connection) -> int:
            count = note(batch, db)
            if attempts == 1:
                raise ValueError("the disk is odd")
            return count

        assert await batch.save(work) == 1
        await listener.handle(batch)

    await house.run(Subscription("one", handle))
    await house.append("a.1")
    await listener.until(1)
    notes = await house.store.read(lambda db: db.execute("SELECT seq FROM notes").fetchall())
    assert (notes, await place(house), attempts) == ([(1,)], 1, 2)


async def test_one_that_fails_delays_no_other(house: House) -> None:
    """It is handed the same again, in order; others have heard it all meanwhile."""
    broken, sound = Listener(), Listener()
    fails = True

    def refuse(batch: Batch) -> None:
        if fails:
            raise RuntimeError("not today")

    broken.before = refuse
    made = await house.run(subscription(broken, "broken"), subscription(sound, "sound"))
    await house.append("a.1")
    await house.append("a.2")
    await sound.until(2)
    assert broken.heard == []
    async with asyncio.timeout(30):
        while not made.problems:
            await asyncio.sleep(0)
    (problem,) = made.problems
    assert "broken" in problem
    assert "not today" in problem
    assert made.read_by_all == 0
    fails = False
    await broken.until(2)
    async with asyncio.timeout(30):
        while made.problems:
            await asyncio.sleep(0)
    assert broken.kinds == ["a.1", "a.2"]


async def test_one_that_is_slow_delays_no_other(house: House) -> None:
    """It has its first batch still when others have everything."""
    sound = Listener()

    async def slow(batch: Batch) -> None:
        await asyncio.get_running_loop().create_future()

    await house.run(Subscription("slow", slow), subscription(sound, "sound"))
    for number in range(5):
        await house.append(f"a.{number}")
    await sound.until(5)
    assert await place(house, "slow") == 0


async def test_one_that_is_missing_finds_everything_later(house: House) -> None:
    """Its cursor stays while no subscriber has its name."""
    first, other, again = Listener(), Listener(), Listener()
    await house.run(subscription(first))
    await house.stop()
    await house.run(subscription(other, "other"))
    await house.append("a.1")
    await other.until(1)
    await house.stop()
    await house.run(subscription(again))
    await again.until(1)


async def test_many_come_in_portions(house: House) -> None:
    """All of them, in order, however many were missed."""
    listener = Listener()
    sizes: list[int] = []
    listener.before = lambda batch: sizes.append(len(batch.events))
    await house.run(subscription(listener))
    await house.append(*("a.b" for _ in range(2 * AT_A_TIME + 1)))
    heard = await listener.until(2 * AT_A_TIME + 1)
    assert [event.seq for event in heard] == list(range(1, 2 * AT_A_TIME + 2))
    assert max(sizes) <= AT_A_TIME


async def test_events_of_no_interest_are_noted_now_and_then(house: House) -> None:
    """A crash has few of them looked at again."""
    await house.run(subscription(Listener(), "one", "b.*"))
    await house.append(*("a.b" for _ in range(UNSAVED)))
    async with asyncio.timeout(30):
        while await place(house) != UNSAVED:
            await asyncio.sleep(0)


async def test_a_cursor_never_goes_back(house: House) -> None:
    """Writing an older position changes nothing."""

    def save(seq: int) -> Any:
        return house.store.write(lambda db: cursors.save(db, "one", seq, 1))

    for seq in (5, 3):
        await save(seq)
    assert await place(house) == 5
    assert await house.store.read(cursors.all_of) == [("one", 5, 1)]


async def test_a_follower_has_the_past_and_the_present(house: House) -> None:
    """From a place on, without a cursor."""
    made = await house.run()
    await house.append("a.1", "b.1")
    stream = made.follow(0, Wanted(("a.*",)))
    async with asyncio.timeout(30):
        assert (await anext(stream)).kind == "a.1"
        coming = asyncio.ensure_future(anext(stream))
        await house.append("b.2")
        await house.append("a.2")
        assert (await coming).seq == 4
    await stream.aclose()
    assert await house.store.read(cursors.all_of) == []


async def test_two_of_one_name_are_a_mistake(house: House) -> None:
    """They would share a cursor; neither can one come after the start."""
    made = await house.run(subscription(Listener()))
    with pytest.raises(ValueError, match="one"):
        made.add(subscription(Listener(), "late one"))


async def test_what_does_not_matter_at_present_is_passed_over(house: House) -> None:
    """It is not handed out unless something that matters comes with it; later it may matter."""
    listener, matters = Listener(), False
    made = await house.run(
        Subscription(
            "one",
            listener.handle,
            (Wanted(("a.begins", "a.ends")),),
            minds=lambda kind: kind == "a.begins" or matters,
        )
    )
    async with asyncio.timeout(60):
        await house.append("a.ends")
        while made.read_by_all < 1:
            await asyncio.sleep(0)
        await house.append("a.begins", "a.ends")
        await listener.until(2)
        while made.read_by_all < 3:
            await asyncio.sleep(0)
        matters = True
        await house.append("a.ends")
    await listener.until(3)
    assert [event.seq for event in listener.heard] == [2, 3, 4]


async def test_a_place_beyond_the_end(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """A subscriber that was put there is moved to the end, and is handed what comes then."""
    listener = Listener()
    await house.append("a.1")
    await house.run(subscription(listener))
    await house.stop()
    await house.store.write(lambda db: cursors.save(db, "one", 999_999_999, 1))
    made = await house.run(subscription(listener))
    assert "one was said to have taken events up to 999999999, and there are 1" in caplog.text
    assert len(made.notices) == 1
    await house.append("a.2")
    await listener.until(1)
    assert listener.kinds == ["a.2"]
    await house.stop()
    assert await place(house) == 2
    assert not (await house.run(subscription(listener))).notices


@pytest.mark.parametrize("data", ["{broken", "null", "[1]", "[" * 10_000])
async def test_an_unreadable_event(
    house: House, caplog: pytest.LogCaptureFixture, data: str
) -> None:
    """It is passed over and reported once; subscribers, those of a field too, go on behind it."""
    one, two = Listener(), Listener()
    of_a_field = Subscription("two", two.handle, (Wanted(("a.*",), field=("x", "y")),))
    made = await house.run(subscription(one), of_a_field)

    def change(db: sqlite3.Connection) -> None:
        appending("a.1", "a.2", "a.3")(db)
        values = {1: data + '"y"', 2: '{"v":1,"x":"y"}'} if data == "{broken" else {1: data}
        for seq, text in values.items():
            db.execute("UPDATE events SET data = ? WHERE seq = ?", (text, seq))
        db.execute("UPDATE events SET data = ? WHERE seq = 3", ('{"v":1,"x":"y"}',))

    await house.store.write(change)
    await one.until(2)
    await two.until(1)
    assert one.kinds == ["a.2", "a.3"]
    assert two.heard[-1].content == {"v": 1, "x": "y"}
    assert not made.problems
    assert len(made.notices) == 1
    assert "no JSON object: 1;" in made.notices[0]
    assert caplog.text.count("events are passed over") == 1
