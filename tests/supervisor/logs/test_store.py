from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from meshvisor.shared.logs.line import Record
from meshvisor.supervisor.logs.store import RECORD_COST, LogStore


def record(source: str, number: int, size: int = 0) -> Record:
    """A numbered record."""
    return Record(float(number), source, "info", f"{number} ".ljust(size))


def numbers(store: LogStore, source: str | None, lines: int) -> list[int]:
    """The numbers of the newest records."""
    return [int(found.text) for found in store.tail(source, lines)]


def test_newest_of_one_source() -> None:
    """Each source keeps as many as it may, the newest."""
    store = LogStore(3)
    for number in range(10):
        store.add(record("mesh-a", number))
    store.add(record("mesh-b", 10))
    assert numbers(store, "mesh-a", 2) == [8, 9]
    assert numbers(store, "mesh-a", 100) == [7, 8, 9]
    assert numbers(store, "mesh-b", 100) == [10]
    assert numbers(store, "mesh-c", 100) == []
    assert numbers(store, "mesh-a", 0) == []


def test_nothing_is_kept_when_nothing_shall_be() -> None:
    """With `lines_in_memory = 0` there is no memory of lines."""
    store = LogStore(0)
    store.add(record("mesh-a", 1))
    assert store.tail(None, 10) == []


@given(st.lists(st.sampled_from("abc")), st.integers(1, 20))
def test_merged_in_the_order_of_arrival(sources: list[str], lines: int) -> None:
    """All sources together are in the order in which they came, whatever their times."""
    store = LogStore(100)
    for number, source in enumerate(sources):
        store.add(Record(-float(number), source, "info", str(number)))
    assert numbers(store, None, lines) == list(range(len(sources)))[-lines:]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 500)), max_size=60))
def test_memory_is_bounded(arrivals: list[tuple[str, int]]) -> None:
    """All records together never take more than they may, and the counting does not drift."""
    store = LogStore(10, max_bytes=5000)
    for number, (source, size) in enumerate(arrivals):
        store.add(record(source, number, size))
        kept = store.tail(None, 1000)
        assert sum(RECORD_COST + len(found.text) for found in kept) == store._bytes <= 5000


def test_flood_costs_only_its_own_source() -> None:
    """When memory runs short, the one with the most loses lines."""
    store = LogStore(1000, max_bytes=10_000)
    for number in range(5):
        store.add(record("quiet", number))
    for number in range(1000):
        store.add(record("loud", number, 500))
    assert numbers(store, "quiet", 10) == [0, 1, 2, 3, 4]
    assert numbers(store, "loud", 1) == [999]
