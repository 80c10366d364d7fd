"""Which messages there are: those of the kernel and those that features bring."""

from __future__ import annotations

import pytest

from meshvisor.features.jobs.messages.requests import JobRequest, JobResult
from meshvisor.shared.protocol.codec import Codec, UnknownMessage
from meshvisor.shared.protocol.directions import Direction
from meshvisor.shared.protocol.from_worker import FROM_WORKER, Connected
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.to_worker import TO_WORKER


class Dance(Message, tag="dance"):
    """A message of some feature."""

    steps: int = 0


class OtherDance(Message, tag="dance"):
    """Another one that is called the same."""


def test_features_bring_messages() -> None:
    """Those of jobs are read, though the kernel does not name them."""
    assert JobRequest in FROM_WORKER.kinds()
    assert JobResult in TO_WORKER.kinds()


def test_without_its_feature_a_message_is_unknown() -> None:
    """The peer gets an error and is kept: it is newer, or has more features."""
    frame = Codec.encode(Dance(steps=3, id=9))
    assert Codec(Direction("quiet", Connected)).decode(frame) == UnknownMessage("dance", 9)
    lively = Direction("lively", Connected)
    lively.register(Dance)
    heard = Codec(lively).decode(frame)
    assert isinstance(heard, Dance)
    assert heard.steps == 3


def test_two_messages_of_one_name_are_refused() -> None:
    """They would be ambiguous; the same one again changes nothing."""
    direction = Direction("both", Dance)
    direction.register(Dance)
    with pytest.raises(ValueError, match="both has two messages 'dance'"):
        direction.register(OtherDance)


def test_a_message_that_comes_too_late_is_refused() -> None:
    """A decoder that has been built would take it for unknown for ever."""
    direction = Direction("used", Connected)
    Codec(direction).prepare()
    with pytest.raises(RuntimeError, match="Dance comes too late: used is in use"):
        direction.register(Dance)
