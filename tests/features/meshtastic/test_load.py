"""More to say than an hour has time for."""

from __future__ import annotations

from tests.features.meshtastic.load import loaded


async def test_an_hour_of_load() -> None:
    """The radio drops no text, its hour is never exceeded, and each question is answered."""
    load = await loaded()
    assert load.sent == load.given > 100
    assert (load.dropped, load.unanswered) == (0, 0)
    assert 5 < load.most_of_an_hour <= 10
