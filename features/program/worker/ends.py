"""How a stay with a program ends, and why one does not begin; without I/O.

Owns what the words of a program mean for the bot.  An unknown word means that the mesh was
lost, or could not be reached: neither blocks anything.
"""

from __future__ import annotations

from typing import Final

from meshvisor.features.program.worker.messages import Ended, Refused
from meshvisor.shared.protocol.fields import as_sentence
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import End, EndKind, JoinError, SentAwayError

ENDS: Final = {kind.value: kind for kind in EndKind if kind is not EndKind.LEFT}
"""What a program may call an end; leaving is up to the bot."""

FORBIDDING: Final = frozenset({EndKind.CLOSED_FOR_GOOD, EndKind.KICKED, EndKind.ROOM_ENDED})
"""Ends after which a join that was under way is not tried again."""


def end_of(message: Ended) -> End:
    """Return the end that a program tells."""
    kind = ENDS.get(message.kind, EndKind.LOST)
    return End(kind, as_sentence(message.reason), message.retry_after)


def not_joined(end: End) -> JoinError | SentAwayError:
    """Return how a join has failed whose stay ended before it had begun."""
    if end.kind in FORBIDDING:
        return SentAwayError(end)
    is_known = end.kind is not EndKind.UNAUTHORIZED
    kind = FailureKind.UNREACHABLE if is_known else FailureKind.UNAUTHORIZED
    return JoinError(end.reason or "the mesh was lost", kind, end.retry_after)


def refusal(message: Refused) -> JoinError:
    """Return how a join has failed that the program refuses."""
    try:
        kind = FailureKind(message.kind)
    except ValueError:
        kind = FailureKind.UNREACHABLE
    sentence = as_sentence(message.reason) or "the program was refused"
    return JoinError(sentence, kind, message.retry_after)
