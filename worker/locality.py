"""Keeping together in memory what workers write to.

Workers are forks and share every page that they leave alone.  But merely calling a function
writes to it and to its code object: reference counts, and the inline caches of its bytecode.  Both
lie where their module was loaded, scattered over 30 MB, so a worker's short life touches hundreds
of pages and gets a copy of each.  And what a worker allocates goes first into the gaps between
older objects, one page here and one there.

Owns two remedies, both used by the zygote before it forks anybody; docs/decisions/0015 has the
measurements.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from types import CodeType, FrameType, FunctionType
from typing import Any, Final

SIZES: Final = range(48, 513, 16)
"""Bytes.  Python's allocator keeps pools for multiples of 16 up to 512; what is larger comes from
malloc.  The two smallest sizes are filled with objects of other types."""

FILLERS: Final = 500
"""Objects per size, 4 MB in all, once: about as many as imports leave gaps.  With 200 a worker
has 0.1 MB more, with 2000 nothing less."""

BYTES_HEADER: Final = sys.getsizeof(b"")

COPIED: Final = (
    "__qualname__",
    "__module__",
    "__doc__",
    "__kwdefaults__",
    "__annotations__",
    "__type_params__",
)
"""Attributes of a function that its constructor does not take; the last one is of Python 3.12."""

_fillers: list[object] = []


def gather_code(play: Callable[[], None], stage: tuple[str, ...] = ()) -> int:
    """Move the code of every function that `play` calls into one place; return how many.

    Each gets a copy of its code object, made one after the other; nothing else about the
    functions changes.  The copies have to be warmed up again.  Functions that only their module or
    class knows are replaced by copies of themselves, for the same reason.

    Args:
        play: does what the children will do.
        stage: modules, by how their names begin, that only `play` needs; they are left alone.
    """
    gathering = _Gathering(_called_by(play, stage))
    called = gathering.move(_all_functions())
    moved = len(called)
    _replace(called)
    return moved


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

    def move(self, functions: list[FunctionType]) -> list[FunctionType]:
        """Give each function whose code was called a copy of it; return these functions."""
        hot = [function for function in functions if id(function.__code__) in self._order]
        hot.sort(key=lambda function: self._order[id(function.__code__)])
        for function in hot:
            function.__code__ = self._copy(function.__code__)
        return hot

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


def _all_functions() -> list[FunctionType]:
    # Not isinstance, which asks weak proxies, some of them dead, for their class.
    return [found for found in gc.get_objects() if type(found) is FunctionType]


def _replace(functions: list[FunctionType]) -> None:
    """Have the modules and classes that hold these functions hold copies, made one after the other.

    One that anybody else holds too, such as a registry or a bound method, stays what it is: whoever
    compares functions must not meet two.

    Args:
        functions: held by nobody else on the way here.  They live until all copies are made, or a
            copy would take the place of the one before.
    """
    # What is counted for a function that only such a list holds.
    alone = _references([FunctionType(_replace.__code__, {})], 0)
    places = _places_of(functions)
    for number in range(len(functions)):
        found = places[id(functions[number])]
        if found and _references(functions, number) == alone + len(found):
            copy = _copy_of(functions[number])
            for owner, name in found:
                # `type` and not the metaclass, which may have an opinion on changes.
                put = type.__setattr__ if isinstance(owner, type) else setattr
                put(owner, name, copy)


def _references(functions: list[FunctionType], number: int) -> int:
    """Return how often one of them is referred to, weakly or not."""
    function = functions[number]
    return sys.getrefcount(function) + weakref.getweakrefcount(function)


def _places_of(functions: list[FunctionType]) -> dict[int, list[tuple[Any, str]]]:
    """Return the modules and classes that hold each function, and its name there, by its id."""
    places: dict[int, list[tuple[Any, str]]] = {id(function): [] for function in functions}
    owners: dict[int, Any] = {id(module): module for module in list(sys.modules.values())}
    for function in functions:
        for owner in _classes_around(function):
            owners[id(owner)] = owner
    for owner in owners.values():
        for name, value in list(getattr(owner, "__dict__", {}).items()):
            if id(value) in places:
                places[id(value)].append((owner, name))
    return places


def _classes_around(function: FunctionType) -> Iterator[type]:
    """Yield the classes that its name tells."""
    owner: Any = sys.modules.get(function.__module__)
    for part in function.__qualname__.split(".")[:-1]:
        owner = getattr(owner, "__dict__", {}).get(part)
        if isinstance(owner, type):
            yield owner


def _copy_of(function: FunctionType) -> FunctionType:
    copy = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    for attribute in COPIED:
        # Nothing where there is nothing: an empty dictionary for each would take its place, too.
        if value := getattr(function, attribute, None):
            setattr(copy, attribute, value)
    if function.__dict__:
        copy.__dict__.update(function.__dict__)
    return copy


def _called_by(play: Callable[[], None], stage: tuple[str, ...]) -> list[CodeType]:
    """Return the code that runs during `play`, in the order of the first calls."""
    called: dict[int, CodeType] = {}

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and not frame.f_globals.get("__name__", "").startswith(stage):
            called.setdefault(id(frame.f_code), frame.f_code)

    previous = sys.getprofile()
    sys.setprofile(note)
    try:
        play()
    finally:
        sys.setprofile(previous)
    return list(called.values())
