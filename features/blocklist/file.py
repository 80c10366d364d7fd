"""The file that remembers blocked meshes: `config/blocklist.json`.

Owns its format, and saving what can be saved of a damaged one.  Does not own who is blocked when
(`features.blocklist.supervisor.blocklist`).  The supervisor reads and writes it, and so does the
command line when no supervisor runs; standard library only.

    {"blockedMeshes": {"<mesh id>": {"meshId": "<mesh id>",
                                     "reason": "connection_failures" | "kicked" | "operator",
                                     "blockedAt": <epoch ms>,
                                     "blockedUntil": <epoch ms> | null}}}

null is for ever.  People edit this file, so `meshId`, `reason` (then `operator`) and `blockedAt`
(then now) may be left out, and fields that mean nothing to us are kept.

A slip never opens what was closed: an entry that cannot be understood blocks its mesh until it is
mended or removed, and stays in the file as it is.
"""

from __future__ import annotations

import errno
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from meshvisor.shared.home_files import read_file
from meshvisor.shared.model.mesh_id import check_mesh_id

REASONS: Final = ("connection_failures", "kicked", "operator")

UNREADABLE: Final = "unreadable"
"""Stands in the place of a reason where the entry cannot be understood; never in the file."""

MAX_SIZE: Final = 16 * 1024 * 1024
"""Bytes that are read; a hundred thousand blocked meshes need less."""

END_OF_TIME: Final = 253_402_300_799_000
"""Milliseconds; the last second of the year 9999, the last one that Python can write as a date."""

MAX_INCOMPLETE: Final = 100
"""Broken entries after which a damaged file is given up: each may cost a look at all the rest."""

_INCOMPLETE: Final = object()
_MADE_UP: Final = {"comment": "its entry was damaged; the damaged file was kept"}
_TABLE: Final = "blockedMeshes"
_FIELDS: Final = frozenset({"meshId", "reason", "blockedAt", "blockedUntil"})
_NAME_OF_OBJECT: Final = re.compile(r'"((?:[^"\\\n]|\\.)*)"\s*:\s*(?=\{)')


class BlockEntry(msgspec.Struct, frozen=True):
    """One blocked mesh."""

    mesh_id: str
    reason: str
    """One of `REASONS`, or `UNREADABLE`."""
    blocked_at: int
    """Epoch milliseconds."""
    blocked_until: int | None
    """Epoch milliseconds; None: for ever."""
    extra: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What else stands in the entry, such as a comment."""
    problem: str | None = None
    """Why it cannot be understood, in one sentence; None: it can."""
    raw: Any = None
    """With a problem: what stands in the file instead of an entry, and is written back."""


class Contents(msgspec.Struct, frozen=True):
    """What could be read."""

    entries: Mapping[str, BlockEntry]
    problems: tuple[str, ...] = ()
    """One sentence for each thing that could not be understood; none: the file is sound."""
    extra: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What else stands in the file."""
    strays: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """Entries under names that are no mesh's; they block no mesh and are written back."""
    is_damaged: bool = False
    """Whether the file as a whole is none; what was read is only what could be saved of it."""


NOTHING: Final = Contents({})
"""The contents of a file that does not exist."""


def parse(content: bytes, now_ms: int) -> Contents:
    """Return everything that can be understood, and what cannot; never raises.

    Args:
        content: the whole file.
        now_ms: epoch milliseconds, for entries that do not say when they were made.
    """
    try:
        root = json.loads(content)
    except (ValueError, RecursionError) as error:
        return _salvage(content, error, now_ms)
    if not isinstance(root, dict) or not isinstance(root.get(_TABLE), dict):
        problem = f"it is not an object that holds {_TABLE!r}"
        return _damaged(_entries_anywhere(root), problem, now_ms)
    extra = {name: value for name, value in root.items() if name != _TABLE}
    return replace(_read_entries(root[_TABLE].items(), now_ms), extra=extra)


def render(contents: Contents) -> bytes:
    """Return the file, laid out for people who edit it."""
    table = {entry.mesh_id: _render_entry(entry) for entry in contents.entries.values()}
    text = json.dumps({_TABLE: {**table, **contents.strays}, **contents.extra}, indent=2)
    return f"{text}\n".encode()


def read(path: Path, now_ms: int) -> Contents:
    """Return the contents of a file; one that does not exist is empty.

    Raises:
        OSError: it is there and cannot be read, is no file, or is larger than `MAX_SIZE`.
    """
    try:
        content, _ = read_file(path, MAX_SIZE)
    except FileNotFoundError:
        return NOTHING
    if len(content) > MAX_SIZE:
        raise OSError(errno.EFBIG, f"it is larger than {MAX_SIZE} bytes", str(path))
    return parse(content, now_ms)


def keep_aside(path: Path, now: float) -> Path:
    """Keep a damaged file as `<name>.corrupt-<time>` before it is replaced.

    It stays where it is as well, so that there is no moment without any list.

    Args:
        path: the file.
        now: epoch seconds.

    Returns:
        Its second path; an older file of that name is never replaced.

    Raises:
        OSError: it cannot be kept; then it must not be replaced either.
    """
    if not path.is_file():
        # The path of a folder or a device is a typing error; nothing of the kind is ever moved.
        raise OSError(errno.EINVAL, "it is no regular file")
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    for number in itertools.count(1):
        suffix = f".corrupt-{moment}" if number == 1 else f".corrupt-{moment}-{number}"
        aside = path.with_name(path.name + suffix)
        try:
            aside.hardlink_to(path)
        except FileExistsError:
            continue
        except OSError:
            # Not every file system has links.
            path.rename(aside)
        return aside
    raise AssertionError("counting never ends")


# ---- Reading entries -----------------------------------------------------------------------------


def _read_entries(items: Iterable[tuple[str, Any]], now_ms: int) -> Contents:
    entries: dict[str, BlockEntry] = {}
    strays: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in items:
        try:
            check_mesh_id(name)
        except ValueError as error:
            problems.append(f"the entry {name[:80]!r} blocks nobody: {error}")
            if value is not _INCOMPLETE:
                strays[name] = value
            continue
        try:
            entries[name] = _read_entry(name, value, now_ms)
        except ValueError as error:
            problems.append(f"the entry {name[:80]!r} cannot be read: {error}")
            entries[name] = _misread(name, value, now_ms, str(error))
    return Contents(entries, tuple(problems), strays=strays)


def _misread(name: str, value: Any, now_ms: int, problem: str) -> BlockEntry:
    if value is _INCOMPLETE:
        # There is nothing of it that could be written back, so it becomes a block by hand.
        return BlockEntry(name, "operator", now_ms, None, _MADE_UP)
    return BlockEntry(name, UNREADABLE, now_ms, None, problem=problem, raw=value)


def _render_entry(entry: BlockEntry) -> Any:
    if entry.problem is not None:
        return entry.raw
    return {
        "meshId": entry.mesh_id,
        "reason": entry.reason,
        "blockedAt": entry.blocked_at,
        "blockedUntil": entry.blocked_until,
        **entry.extra,
    }


def _read_entry(name: str, value: Any, now_ms: int) -> BlockEntry:
    if value is _INCOMPLETE:
        raise ValueError("it is incomplete")
    if not isinstance(value, dict):
        raise ValueError("it is not an object")
    if value.get("meshId", name) != name:
        raise ValueError(f"its meshId is {value['meshId']!r:.80}")
    reason = value.get("reason", "operator")
    if reason not in REASONS:
        raise ValueError(f"its reason is {reason!r:.80}; allowed: {', '.join(REASONS)}")
    if "blockedUntil" not in value:
        raise ValueError("it lacks blockedUntil (milliseconds since 1970, null for ever)")
    until = value["blockedUntil"]
    return BlockEntry(
        mesh_id=name,
        reason=reason,
        blocked_at=_moment("blockedAt", value.get("blockedAt", now_ms)),
        blocked_until=None if until is None else _moment("blockedUntil", until),
        extra={key: value[key] for key in value if key not in _FIELDS},
    )


def _moment(name: str, value: Any) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # The comparison also refuses nan, which JSON does not have but Python reads.
    if not is_number or not 0 <= value <= END_OF_TIME:
        raise ValueError(f"its {name} is {value!r:.80}, not milliseconds since 1970")
    return int(value)


# ---- Damaged files -------------------------------------------------------------------------------


def _salvage(content: bytes, error: Exception, now_ms: int) -> Contents:
    """Read the entries that are still whole in a file that is no JSON any more."""
    text = content.decode("utf-8", "replace")
    problem = f"it is not valid JSON ({error})" if text.strip() else "it is empty"
    whole = dict(_whole_objects(text))
    if isinstance(whole.get(_TABLE), dict):
        whole = whole[_TABLE]
    return _damaged(whole.items(), problem, now_ms)


def _damaged(items: Iterable[tuple[str, Any]], problem: str, now_ms: int) -> Contents:
    found = _read_entries(items, now_ms)
    return replace(found, problems=(problem, *found.problems), is_damaged=True)


def _entries_anywhere(root: Any) -> Iterator[tuple[str, Any]]:
    """Yield what looks like an entry in JSON that is no blocklist, such as one level too high."""
    waiting = [root]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            for name, value in found.items():
                if isinstance(value, dict) and _FIELDS & value.keys():
                    yield name, value
                else:
                    waiting.append(value)


def _whole_objects(text: str) -> Iterator[tuple[str, Any]]:
    """Yield every `"name": {…}` that is complete, and `_INCOMPLETE` for the others."""
    decoder = json.JSONDecoder()
    position = incomplete = 0
    while (match := _NAME_OF_OBJECT.search(text, position)) is not None:
        position = match.end()
        try:
            name = json.loads(f'"{match[1]}"')
            value, position = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            # Cut off or garbled: its inside is searched next, for the table is such an object.
            incomplete += 1
            if incomplete > MAX_INCOMPLETE:
                return
            if match[1] != _TABLE:
                yield match[1], _INCOMPLETE
        else:
            yield name, value
