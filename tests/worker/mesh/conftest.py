"""Workers whose transport can do more."""

from __future__ import annotations

import pytest

from tests.worker.mesh.capable import Capable


@pytest.fixture
def capable(monkeypatch: pytest.MonkeyPatch) -> type[Capable]:
    """Have workers use such a transport."""
    monkeypatch.setattr("meshvisor.features.watch_party.worker.transport.make", Capable)
    monkeypatch.setattr(Capable, "made", [])
    return Capable
