"""Keeping together in memory what workers write to.

Workers are forks and share every page that they leave alone.  But merely calling a function
writes to it and to its code object: reference counts, and the inline caches of its bytecode.  Both
lie where their module was loaded, scattered over 30 MB, so a worker's short life touches hundreds
of pages and gets a copy of each.  And what a worker allocates goes first into the gaps between
older objects, one page here and one there.

Owns two remedies, both used by the zygote before it forks any child; docs/decisions/0015 has the
measurements.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import weakref
from collections.abc import Callable
from types import CodeType, FrameType, FunctionType
from typing import Any, Final

SIZES: Final = range(48, 513, 16)
"""Bytes.  Python's allocator keeps pools for multiples of 16 up to 512; what is larger comes from
malloc.  The two smallest sizes are filled with objects of other types."""

POOL: Final = 16 * 1024
"""Bytes that the allocator takes at once for objects of one size, and `POOL_HEADER` of which it
keeps (Objects/obmalloc.c)."""

POOL_HEADER: Final = 48

FILLERS: Final = 500
"""Objects of the two smallest sizes."""

MOST_FILLERS: Final = 3000
"""Objects of one of `SIZES`, where the allocator is another one and no row of them ends the search.
Imports leave 70 to 2200 gaps of a size."""

BLOCKS: Final = range(24, 1033, 16)
"""Bytes of the blocks that glibc's malloc keeps gaps of each size for; larger ones share theirs."""

BLOCK_HEADER: Final = 8

BLOCKS_IN_A_ROW: Final = 40
"""Side by side: they do not come out of gaps any more."""

MOST_BLOCK_BYTES: Final = 128 * 1024
"""Of one of `BLOCKS`, where malloc is another one and no row of them ends the search."""

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

_Places = dict[int, list[tuple[Any, str]]]
"""Modules and classes that hold a function and its names there, by the id of what they hold: the
function itself, or the property or the like that has it."""

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
    called_code = _called_by(play, stage)
    # Else the copies would lie in the gaps that imports and `play` have left, and what `play` has
    # left behind would be taken for holders of functions.
    fill_gaps()
    gathering = _Gathering(called_code)
    called = gathering.move(_all_functions())
    moved = len(called)
    _replace(called)
    return moved


def fill_gaps() -> None:
    """Fill the gaps between the objects of this process with objects that are never touched.

    What is allocated from then on lies side by side on fresh pages.
    """
    gc.collect()
    _fillers.extend(_fill(size) for size in SIZES)
    _fillers.append([float(number) for number in range(FILLERS)])
    _fillers.append([object() for _ in range(FILLERS)])
    _fill_malloc()


def _fill(size: int) -> list[bytes]:
    """Return new objects of this size, the last of which fill a fresh pool.

    The allocator begins one when there is no gap left in the others.
    """
    fillers: list[bytes] = []
    in_a_row = last = 0
    while in_a_row < (POOL - POOL_HEADER) // size - 1 and len(fillers) < MOST_FILLERS:
        fillers.append(bytes(size - BYTES_HEADER))
        in_a_row = in_a_row + 1 if id(fillers[-1]) == last + size else 0
        last = id(fillers[-1])
    return fillers


def _fill_malloc() -> None:
    """Fill the gaps of malloc, which libraries in C allocate from; what fills them is never freed.

    A secure connection allocates hundreds of small things, of which each would have a page copied.
    """
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    for size in reversed(BLOCKS):  # a large gap is not cut up as long as there are small ones
        in_a_row = last = 0
        for _ in range(MOST_BLOCK_BYTES // size):
            at = libc.malloc(size) or 0
            in_a_row = in_a_row + 1 if at == last + size + BLOCK_HEADER else 0
            last = at
            if in_a_row == BLOCKS_IN_A_ROW:
                break


class _Gathering:
    """Makes the copies.

    Code objects are distinguished by their identity: equality does not look at the file they come
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

    One that other objects hold too, such as a registry or a bound method, stays what it is: code
    that compares functions must not meet two.

    Args:
        functions: held by no other object on the way here.  They live until all copies are made, or
            a copy would take the place of the one before.
    """
    # What is counted for a function that only such a list holds.
    alone = _references([FunctionType(_replace.__code__, {})], 0)
    places = _places_of(functions)
    for number in range(len(functions)):
        found = places[id(functions[number])]
        holders = _holders(functions[number], found)
        if holders and _references(functions, number) == alone + holders:
            copy = _copy_of(functions[number])
            for same in found.values():
                new = _held_alike(_held(same), copy)
                for owner, name in same:
                    # `type` and not the metaclass, which may have an opinion on changes.
                    put = type.__setattr__ if isinstance(owner, type) else setattr
                    put(owner, name, new)


def _references(functions: list[FunctionType], number: int) -> int:
    """Return how often one of them is referred to, weakly or not."""
    function = functions[number]
    return sys.getrefcount(function) + weakref.getweakrefcount(function)


def _places_of(functions: list[FunctionType]) -> dict[int, _Places]:
    """Return where modules and classes hold each function, by its id."""
    places: dict[int, _Places] = {id(function): {} for function in functions}
    for owner in _owners():
        for name, value in list(getattr(owner, "__dict__", {}).items()):
            found = places.get(id(_function_of(value)))
            if found is not None:
                found.setdefault(id(value), []).append((owner, name))
    return places


def _owners() -> list[Any]:
    """Return all modules and classes.

    Not only the classes that can be found by name: that of which `dataclass(slots=True)` has made
    another one lives on and holds the same functions.
    """
    classes = [found for found in gc.get_objects() if issubclass(type(found), type)]
    return [*{id(module): module for module in list(sys.modules.values())}.values(), *classes]


def _function_of(value: Any) -> object:
    """Return the function that a class or module holds by holding `value`."""
    kind = type(value)
    if kind is property:
        return value.fget
    return value.__func__ if kind is classmethod or kind is staticmethod else value


def _held(same: list[tuple[Any, str]]) -> Any:
    """Return the one object that all these places hold."""
    owner, name = same[0]
    return owner.__dict__[name]


def _holders(function: FunctionType, found: _Places) -> int:
    """Return how many references to it these places account for; 0: there may be others."""
    holders = 0
    for same in found.values():
        if _held(same) is function:
            holders += len(same)
        elif sys.getrefcount(_held(same)) == len(same) + 1:
            holders += 1
        else:
            return 0
    return holders


def _held_alike(value: Any, copy: FunctionType) -> object:
    """Return what holds the copy as `value` holds the function."""
    kind = type(value)
    if kind is property:
        return property(copy, value.fset, value.fdel, value.__doc__)
    return kind(copy) if kind is classmethod or kind is staticmethod else copy


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
