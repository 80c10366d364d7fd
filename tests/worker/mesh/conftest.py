"""Workers whose transport can do more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from meshvisor.shared.transports import loaded
from tests.worker.mesh.capable import Capable


@pytest.fixture
def capable(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Capable]]:
    """Have workers use such a transport."""
    monkeypatch.setattr("meshvisor.features.watch_party.worker.transport.make", Capable)
    monkeypatch.setattr(Capable, "made", [])
    loaded.cache_clear()
    yield Capable
    loaded.cache_clear()
