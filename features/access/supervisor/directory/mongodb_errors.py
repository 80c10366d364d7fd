"""The error messages for when MongoDB does not do what it was asked for.

Owns the way from the driver's errors to ours: which of them mean "unreachable" and which "refused",
and the next step for each.  Called by `features.access.supervisor.directory.mongodb` only.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WriteConcernError,
)

from meshvisor.features.access.supervisor.directory.backend import (
    DirectoryRefusedError,
    DirectoryUncertainError,
    DirectoryUnreachableError,
)
from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.room_words import public

WRONG_PASSWORD: Final = frozenset({18, 8000})
"""AuthenticationFailed, and what hosted servers answer instead."""

NOT_ALLOWED: Final = frozenset({13})
"""Unauthorized: no login at all, or a role that lacks this."""

NOT_PRIMARY: Final = frozenset({91, 189, 10058, 10107, 11600, 11602, 13435, 13436})
"""The server is starting, stopping, or has just handed over to another one."""

OUT_OF_TIME: Final = frozenset({50, 262})
"""The server gave up: MaxTimeMSExpired, ExceededTimeLimit."""

LONGEST: Final = 160
"""Characters of a driver's sentence that are repeated."""

_ERRNO: Final = re.compile(r"\[Errno (-?\d+)\]")
"""Negative ones are of looking names up."""

_OTHER_SET: Final = re.compile(r"replica set named '([^']*)' but this node belongs to a set named")
"""Also said of a server that is away, where directConnection leaves no other one to look for."""

E = TypeVar("E", bound=MeshvisorError)

_MAYBE: Final = "; the change may or may not have arrived"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried."""

    place: str
    timeout: float
    """Seconds that it had."""
    is_change: bool = False
    """Whether it would have changed something."""
    has_user: bool = True
    """Whether the URI names one."""


def explain(
    error: BaseException, attempt: Attempt, seen: Iterable[BaseException] = ()
) -> DirectoryUnreachableError | DirectoryRefusedError:
    """Return the error to raise instead.

    Args:
        error: what the driver raised, or `TimeoutError` at our own deadline.
        attempt: what it was doing.
        seen: why each server is out of reach, as the driver's monitors know.
    """
    if isinstance(error, WriteConcernError):
        return _about(
            attempt,
            DirectoryUncertainError,
            "could not pass the change on to its other servers in time; the change may yet be "
            "lost: look after the replica set",
        )
    if isinstance(error, OperationFailure) and error.code not in NOT_PRIMARY | OUT_OF_TIME:
        return _refused(error, attempt)
    cause, remedy = _cause(error, attempt, seen)
    if attempt.is_change and not _was_never_sent(error):
        text = f"cannot be used: {cause}{_MAYBE}; {remedy}"
        return _about(attempt, DirectoryUncertainError, text)
    return _about(attempt, DirectoryUnreachableError, f"cannot be used: {cause}; {remedy}")


def is_retryable(error: BaseException) -> bool:
    """Say whether another try may help at once: a connection ended that seemed to be sound."""
    return isinstance(error, ConnectionFailure) and not isinstance(
        error, NetworkTimeout | ServerSelectionTimeoutError
    )


# ---- Refused -------------------------------------------------------------------------------------


def _refused(error: OperationFailure, attempt: Attempt) -> DirectoryRefusedError:
    if error.code in WRONG_PASSWORD or ("auth" in str(error).lower() and error.code is None):
        text = (
            "does not accept the user and password of its URI: correct them, and authSource if the "
            "user belongs to another database"
        )
    elif error.code in NOT_ALLOWED:
        may = "change" if attempt.is_change else "read"
        who = "this user" if attempt.has_user else "somebody without a user"
        remedy = (
            "give the user the role readWrite on that database, or name another user in the URI"
            if attempt.has_user
            else "name a user in the URI who has the role readWrite on that database"
        )
        text = f"does not let {who} {may} the directory: {remedy}"
    else:
        text = f"refuses with code {error.code} ({_short(error)}): see the log of the database"
    return _about(attempt, DirectoryRefusedError, text)


def _about(attempt: Attempt, kind: type[E], text: str) -> E:
    """Return an error that says where the database is, but in a room."""
    return kind(f"{attempt.place} {text}", in_room=public(f"the directory {text}"))


# ---- Unreachable ---------------------------------------------------------------------------------


def _cause(
    error: BaseException, attempt: Attempt, seen: Iterable[BaseException]
) -> tuple[str, str]:
    """Return what is wrong and the next step."""
    if _says_not_primary(error):
        return "it is not the primary server at the moment", "wait until one is elected"
    late = isinstance(error, TimeoutError | ServerSelectionTimeoutError)
    # The monitors may know better what keeps the servers from answering.
    for each in (*(seen if late or isinstance(error, ConnectionFailure) else ()), error):
        found = _known_cause(each)
        if found is not None:
            return found
    if late or isinstance(error, NetworkTimeout | OperationFailure):
        return (
            f"it did not answer within {attempt.timeout:g} s",
            "look whether it runs and is overloaded, or raise database.timeout",
        )
    if isinstance(error, ConfigurationError):
        is_old = "wire version" in str(error)
        return _short(error), "use MongoDB 6 or newer" if is_old else "correct the URI"
    if isinstance(error, ConnectionFailure):
        return f"the connection broke ({_short(error)})", "look whether it runs and at its log"
    return f"it answers what MongoDB does not ({_short(error)})", "look what listens there"


def _known_cause(error: BaseException) -> tuple[str, str] | None:
    for each in _chain(error):
        # By the text: what the driver's monitors report has lost the error of the system.
        text = str(each)
        if "SSL" in text or "certificate" in text:
            return f"TLS fails ({_short(each)})", "check tls, tlsCAFile and the certificate"
        numbers = {int(number) for number in _ERRNO.findall(text)}
        if any(number < 0 for number in numbers):
            return "its host name is not known", "correct the name or the name server"
        if errno.ECONNREFUSED in numbers:
            return "nothing listens there", "start the database or correct host and port"
        if other_set := _OTHER_SET.search(text):
            return (
                f"nothing of the replica set {other_set[1]!r} answers there",
                "start the database, or correct host, port and replicaSet",
            )
        # Any file may be missing; only this one is what the driver was connecting to.
        if errno.ENOENT in numbers and ".sock: " in text:
            return "its socket does not exist", "start the database or correct the path"
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or each.__context__


def _says_not_primary(error: BaseException) -> bool:
    return isinstance(error, NotPrimaryError) or (
        isinstance(error, OperationFailure) and error.code in NOT_PRIMARY
    )


def _was_never_sent(error: BaseException) -> bool:
    return isinstance(error, ServerSelectionTimeoutError | ConfigurationError) or (
        _says_not_primary(error) or _known_cause(error) is not None
    )


def _short(error: BaseException) -> str:
    """Return the first sentence of a driver's message, which is not meant for people."""
    text = error.details.get("errmsg") if _has_details(error) else None  # type: ignore[attr-defined]
    text = " ".join(str(text or error).split())
    # The driver adds its timeouts, and the whole answer.
    text = re.split(r"(?:, full error:|\(configured timeouts:|, Timeout:)", text)[0]
    return text.strip(" ,.")[:LONGEST] or type(error).__name__


def _has_details(error: BaseException) -> bool:
    return isinstance(error, PyMongoError) and isinstance(getattr(error, "details", None), dict)
