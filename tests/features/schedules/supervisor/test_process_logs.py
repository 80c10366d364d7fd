"""Runs are found again as records, under the keys of the seed."""

from __future__ import annotations

from meshvisor.features.schedules.supervisor.process_logs import document, keys
from tests.features.schedules.supervisor.conftest import Bench, MakeBench, entry

HOUR = 3600.0
THIRTEEN = 1_772_370_000_000
"""Epoch milliseconds of the first planned time."""
STEP = 3_600_000


async def made(make: MakeBench) -> Bench:
    """Return a bench with two runs each of three schedules, and skipped times."""
    bench = make(*(entry(name=name, overlap="allow") for name in ("a", "a_1", "b")))
    await bench.timer.look()
    for _ in range(2):
        await bench.advance(HOUR)
    bench.set(entry(name="a", action="gone"))
    await bench.timer.look()
    await bench.advance(HOUR)
    await bench.end((await bench.job_ids("a"))[0], "failed")
    return bench


async def test_keys(make: MakeBench) -> None:
    """They are found by any beginning; times that did not run have none."""
    bench = await made(make)

    def found(beginning: str, limit: int = 10) -> list[str]:
        rows = bench.store.read_now(lambda db: list(keys(db, f"process_log_{beginning}", limit)))
        return [one.key.removeprefix("process_log_") for one in rows]

    first, second = THIRTEEN, THIRTEEN + STEP
    assert sorted(found("")) == sorted(
        f"{n}_{at}" for n in ("a", "a_1", "b") for at in (first, second)
    )
    assert found("b") == [f"b_{second}", f"b_{first}"]
    assert sorted(found("a")) == sorted(f"{n}_{at}" for n in ("a", "a_1") for at in (first, second))
    assert sorted(found("a_1")) == sorted(
        [f"a_{first}", f"a_{second}", f"a_1_{first}", f"a_1_{second}"]
    )
    assert found(f"a_{first}") == [f"a_{first}"]
    assert found("", 2) == found("")[:2]
    assert found("c") == []


async def test_documents(make: MakeBench) -> None:
    """Each is what the history shows."""
    bench = await made(make)

    def find(key: str) -> object:
        return bench.store.read_now(lambda db: document(db, key))

    found = find(f"process_log_a_{THIRTEEN}")
    assert isinstance(found, tuple)
    at, content = found
    history = (await bench.service.history("a", None, 10)).runs
    assert content == {"name": "a", **history[-1].model_dump(mode="json")}
    assert content["status"] == "failed"
    assert at.at == round(bench.clock.wall() * 1000)
    wrong = (f"a_{THIRTEEN + 2 * STEP}", "a", "a_", "x_1", "a_99999999999999999999", "_")
    assert [find(f"process_log_{key}") for key in wrong] == [None] * len(wrong)
