"""Errors of the machine in words: what it refused, and what a person can do about it.

Owns which errors are the machine's fault (a full disk, a limit that is reached, a path that cannot
be used, text in another encoding) and which are ours.  Called wherever such an error would
otherwise reach a person raw: the command line, the control socket's server.

Standard library only, and little of it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import Final, NamedTuple

from meshvisor.shared.errors import FullError, MeshvisorError, MissingError, UsageError


class _Advice(NamedTuple):
    """What to do about an error, and which kind of failure it is."""

    text: str
    kind: type[MeshvisorError] = MeshvisorError


_AGAIN: Final = "try again; if it stays that way, report it with what 'meshvisor doctor' says"

_OFTEN: Final = _Advice(
    "this user may have no more threads or processes: end some, or raise the limit "
    "('ulimit -u', or TasksMax= in the systemd unit)"
)
_MEMORY: Final = _Advice(
    "free some memory, or raise the limit of this user or container ('ulimit -v')"
)
_ROOM: Final = _Advice("make room on that disk and try again", FullError)
_ALLOW: Final = _Advice(
    "let this user use it, or run this command as the user who may", MissingError
)
_PLACE: Final = _Advice("put right what is there, or name another folder with --home", MissingError)
_PEER: Final = _Advice("check that it is there and can be reached, then try again", MissingError)

_BY_NUMBER: Final = {
    errno.EMFILE: _Advice(
        "close some in the program that started this one, or raise the limit ('ulimit -n', or "
        "LimitNOFILE= in the systemd unit)"
    ),
    errno.ENFILE: _Advice("end other programs, or raise the machine's limit (sysctl fs.file-max)"),
    errno.EAGAIN: _OFTEN,
    errno.ENOMEM: _MEMORY,
    errno.ENOBUFS: _MEMORY,
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: _Advice("raise the limit on the size of files ('ulimit -f')"),
    errno.EIO: _Advice("check the disk or terminal behind it ('dmesg' says more)"),
    errno.EPIPE: _Advice("the program at the other end has gone away: try again"),
    errno.EROFS: _Advice(
        "mount that file system writable, or name another folder with --home", MissingError
    ),
    **dict.fromkeys((errno.EACCES, errno.EPERM), _ALLOW),
    **dict.fromkeys(
        (
            *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG),
            *(errno.EEXIST, errno.ENOTEMPTY, errno.ENXIO, errno.ENODEV, errno.ESTALE),
        ),
        _PLACE,
    ),
    **dict.fromkeys(
        (
            *(errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.ETIMEDOUT),
            *(errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL),
        ),
        _PEER,
    ),
}

_SHORTAGES: Final = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT}
)
"""What makes other code fail in ways of its own: the cause is said, not what followed from it."""

_OURS: Final = frozenset({errno.EBADF, errno.EFAULT, errno.ENOTSOCK})
"""No machine does this to a program that is right."""

_NO_CODEC: Final = "unknown encoding: utf"
"""Python says it as a LookupError when it could not read that part of itself."""

_NO_THREAD: Final = "can't start new thread"
"""Python says it as a RuntimeError without a number."""


def explain(error: BaseException) -> MeshvisorError | None:
    """Return what to tell a person about an error of the machine.

    Args:
        error: anything that was raised; of a group, each must be the machine's fault.

    Returns:
        One sentence with what was found and the next step, and an exit code by its class (3: a
        file or service is missing or closed to this user, 2: text that cannot be used, else 1).
        None: it is a mistake of the program.
    """
    if isinstance(error, MeshvisorError):
        return error
    if isinstance(error, BaseExceptionGroup):
        explained = [explain(one) for one in error.exceptions]
        return explained[0] if None not in explained else None
    return _of_machine(error) or _of_shortage(error)


def shortage(error: OSError, path: object = None) -> MeshvisorError | None:
    """Return what to tell a person when the machine is short of something; None: it is not.

    For callers that say better than `explain` what to do about a path: that is no remedy here.

    Args:
        error: what was raised.
        path: what it is about; None: what the error names, if anything.
    """
    if error.errno not in _SHORTAGES:
        return None
    return explain(OSError(error.errno, error.strerror, path or error.filename))


# Private


def _of_machine(error: BaseException) -> MeshvisorError | None:
    if isinstance(error, MemoryError):
        return _said("there is not enough memory", _MEMORY)
    if isinstance(error, RuntimeError) and _NO_THREAD in str(error):
        return _said("no thread can be started", _OFTEN)
    if isinstance(error, UnicodeError):
        return _of_text(error)
    if isinstance(error, ImportError) or _NO_CODEC in str(error):
        return _of_installation(error)
    # Asking a stream for what it never has is both of these, and a mistake.
    if isinstance(error, OSError) and not isinstance(error, ValueError):
        return _of_system(error)
    return None


def _of_system(error: OSError) -> MeshvisorError | None:
    number = error.errno
    if number in _OURS:
        return None
    reason = error.strerror or str(error) or type(error).__name__
    if isinstance(error, TimeoutError) and number is None:
        reason = "it took too long"
    if number is not None and number < 0:  # of a name server (getaddrinfo)
        return _said(_found(error, reason), _PEER)
    return _said(_found(error, reason), _BY_NUMBER.get(number or 0, _Advice(_AGAIN)))


def _found(error: OSError, reason: str) -> str:
    reason = reason[:1].lower() + reason[1:]
    paths = [_shown(path) for path in (error.filename, error.filename2) if path is not None]
    if paths:
        return f"{' or '.join(paths)} cannot be used: {reason}"
    return f"the machine has refused something that is needed: {reason}"


def _shown(path: object) -> str:
    return os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else str(path)


def _of_text(error: UnicodeError) -> MeshvisorError:
    what = "a text"
    if isinstance(error, UnicodeDecodeError):
        what = f"a text with the byte 0x{error.object[error.start]:02x}"
    elif isinstance(error, UnicodeEncodeError):
        what = f"a text with {error.object[error.start]!a}"
    encoding = getattr(error, "encoding", "utf-8")
    return UsageError(
        f"{what} cannot be used as {encoding}; write names, files and input in UTF-8, and see that "
        "the locale (LC_ALL) says so"
    )


def _of_installation(error: BaseException) -> MeshvisorError:
    return MissingError(
        f"a part of Meshvisor cannot be loaded: {' '.join(str(error).split())}; if the machine is "
        "not short of files or memory, install Meshvisor again"
    )


def _of_shortage(error: BaseException) -> MeshvisorError | None:
    """Return what is said about a shortage that has led to `error`; None: there was none."""
    for earlier in _earlier(error):
        is_short = isinstance(earlier, OSError) and earlier.errno in _SHORTAGES
        if is_short or isinstance(earlier, MemoryError) or _NO_THREAD in str(earlier):
            return _of_machine(earlier)
    return None


def _earlier(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    cause = error.__cause__ or error.__context__
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__


def _said(found: str, advice: _Advice) -> MeshvisorError:
    return advice.kind(f"{found}; {advice.text}.")
