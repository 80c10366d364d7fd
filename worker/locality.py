"""Keeping together in memory what workers write to.

Workers are forks and share every page that they leave alone.  But merely calling a function
writes to its code object: a reference count, and the inline caches of its bytecode.  Code objects
lie where their module was loaded, scattered over 30 MB, so a worker's short life touches hundreds
of pages and gets a copy of each.  And what a worker allocates goes first into the gaps between
older objects, one page here and one there.

Owns two remedies, both used by the zygote before it forks anybody; docs/decisions/0015 has the
measurements.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import CodeType, FrameType, FunctionType
from typing import Any, Final

SIZES: Final = range(48, 513, 16)
"""Bytes.  Python's allocator keeps pools for multiples of 16 up to 512; what is larger comes from
malloc.  The two smallest sizes are filled with objects of other types."""

FILLERS: Final = 500
"""Objects per size, 4 MB in all, once: about as many as imports leave gaps.  With 200 a worker
has 0.1 MB more, with 2000 nothing less."""

BYTES_HEADER: Final = sys.getsizeof(b"")

_fillers: list[object] = []


def gather_code(play: Callable[[], None]) -> int:
    """Move the code of every function that `play` calls into one place; return how many.

    Each gets a copy of its code object, made one after the other; nothing else about the
    functions changes.  The copies have to be warmed up again.
    """
    gathering = _Gathering(_called_by(play))
    # Not isinstance, which asks weak proxies, some of them dead, for their class.
    functions = [found for found in gc.get_objects() if type(found) is FunctionType]
    return gathering.move(functions)


def fill_gaps() -> None:
    """Fill the gaps between the objects of this process with objects that nobody touches.

    What is allocated after the next fork then lies side by side on fresh pages.
    """
    gc.collect()
    _fillers.extend([bytes(size - BYTES_HEADER) for _ in range(FILLERS)] for size in SIZES)
    _fillers.append([float(number) for number in range(FILLERS)])
    _fillers.append([object() for _ in range(FILLERS)])


class _Gathering:
    """Makes the copies.

    Code objects are told apart by their identity: equality does not look at the file they come
    from, and short functions of two modules may be equal.

    Args:
        called: code in the order of its first call.
    """

    def __init__(self, called: list[CodeType]) -> None:
        self._called = called  # kept, or an identity could be given to another object
        self._order = {id(code): number for number, code in enumerate(called)}
        self._copies: dict[int, CodeType] = {}

    def move(self, functions: list[FunctionType]) -> int:
        """Give each function whose code was called a copy of it; return how many."""
        hot = [function for function in functions if id(function.__code__) in self._order]
        hot.sort(key=lambda function: self._order[id(function.__code__)])
        for function in hot:
            function.__code__ = self._copy(function.__code__)
        return len(hot)

    def _copy(self, code: CodeType) -> CodeType:
        """Return the copy of `code`, with copies of the functions in it that are called too."""
        copy = self._copies.get(id(code))
        if copy is None:
            constants = tuple(
                self._copy(constant)
                if isinstance(constant, CodeType) and id(constant) in self._order
                else constant
                for constant in code.co_consts
            )
            copy = self._copies[id(code)] = code.replace(co_consts=constants)
        return copy


def _called_by(play: Callable[[], None]) -> list[CodeType]:
    """Return the code that runs during `play`, in the order of the first calls."""
    called: dict[int, CodeType] = {}

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            called.setdefault(id(frame.f_code), frame.f_code)

    previous = sys.getprofile()
    sys.setprofile(note)
    try:
        play()
    finally:
        sys.setprofile(previous)
    return list(called.values())
