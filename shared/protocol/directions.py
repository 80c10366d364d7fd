"""Which messages there are in one direction: those of the kernel, and what features bring.

Owns the lists.  Each is made beside the messages of its direction (`to_worker.TO_WORKER` …) and is
read by the `Codec` of the receiver.  A feature names a module (`Feature.messages`) that
registers its own when it is imported, which is before the first frame is read; without the feature
they are messages of an unknown type.
"""

from __future__ import annotations

import functools
import operator
from typing import Any

from meshvisor.shared.feature import parts
from meshvisor.shared.protocol.messages import Message, type_of


class Direction:
    """The messages that one side may send to the other, in their order.

    Args:
        name: what the direction is called, for errors.
        kinds: messages of the kernel.
    """

    def __init__(self, name: str, *kinds: type[Message]) -> None:
        self.name = name
        self._kinds: dict[str, type[Message]] = {}
        self._used = False
        self.register(*kinds)

    def knows(self, message_type: str) -> bool:
        """Say whether there is a message of this `type`."""
        return message_type in self._kinds

    def register(self, *kinds: type[Message]) -> None:
        """Add messages of a feature; those that are there already stay as they are.

        Raises:
            ValueError: another message has the same type.
            RuntimeError: messages have been read already, and a decoder knows no later ones.
        """
        for kind in kinds:
            known = self._kinds.get(type_of(kind))
            if known is kind:
                continue
            if known is not None:
                raise ValueError(f"{self.name} has two messages {type_of(kind)!r}")
            if self._used:
                raise RuntimeError(f"{kind.__name__} comes too late: {self.name} is in use")
            self._kinds[type_of(kind)] = kind

    def kinds(self) -> tuple[type[Message], ...]:
        """Return all kinds of messages, with those of all features."""
        for _ in parts("messages"):
            pass  # each registers its own
        return tuple(self._kinds.values())

    def union(self) -> Any:
        """Return the type that any of the messages fits; from now on there are no others."""
        kinds = self.kinds()
        self._used = True
        return functools.reduce(operator.or_, kinds)
