"""The life of a session, whatever its transport."""

from __future__ import annotations

import pytest

from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.session_life import SessionLife
from meshvisor.worker.mesh.transport import JoinError


async def test_a_join_that_takes_too_long() -> None:
    """It is not there, and may still be refused: its end is not known yet."""
    life = SessionLife()
    with pytest.raises(TimeoutError):
        await life.join(0)
    assert (life.is_joining, life.is_present) == (True, False)
    life.refuse(JoinError("too late", FailureKind.UNREACHABLE))
    assert not life.is_present
    with pytest.raises(JoinError, match="too late"):
        await life.join(0)
