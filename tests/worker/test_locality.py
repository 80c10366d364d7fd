"""Gathering code and filling gaps."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from meshvisor.worker import locality
from meshvisor.worker.locality import fill_gaps, gather_code


@pytest.fixture(autouse=True)
def functions_can_be_found() -> Iterator[None]:
    """What was there when the tests began is kept out of what the collector knows."""
    gc.unfreeze()
    yield
    gc.freeze()


def make_counter(start: int) -> Callable[[], int]:
    """Return a closure."""

    def count() -> int:
        nonlocal start
        start += 1
        return start

    return count


def double(number: int, *, twice: bool = True) -> int:
    """Return twice the number."""
    return sum(number for _ in range(2 if twice else 1))


def never_called() -> None:
    """Do nothing."""


def numbers() -> Iterator[int]:
    """Yield two numbers."""
    yield from (1, 2)


def test_called_functions_get_copies_and_stay_what_they_are() -> None:
    """Arguments, results, closures, generators and names are as before; only the place is new."""
    counter = make_counter(10)
    before = {function: id(function.__code__) for function in (double, counter, never_called)}

    def play() -> None:
        assert double(3) == 6
        assert counter() == 11
        assert list(numbers()) == [1, 2]
        make_counter(0)()

    assert gather_code(play) >= 5
    assert id(double.__code__) != before[double]
    assert id(counter.__code__) != before[counter]
    assert id(never_called.__code__) == before[never_called]
    play_again = (double(3), double(3, twice=False), counter(), list(numbers()))
    assert play_again == (6, 3, 12, [1, 2])
    assert double.__code__.co_filename == __file__
    assert double.__name__ == "double"


def test_functions_within_functions_are_gathered_too() -> None:
    """What a function makes anew with each call comes from the copies as well."""
    gather_code(lambda: print(make_counter(0)()))
    made = make_counter.__code__.co_consts
    assert make_counter(5).__code__ in made
    assert any(make_counter(5).__code__ is constant for constant in made)


SOURCE = """
from dataclasses import dataclass

def add(one: int, /, two: int = 2, *, three: int = 3) -> int:
    'Add numbers.'
    return one + two + three

add.mark = "kept"

class Base:
    def who(self):
        return "base"

class Derived(Base):
    def who(self):
        return super().who() + " and derived"

    @staticmethod
    def nobody():
        return "nobody"

    @classmethod
    def kind(cls):
        return cls.__name__

    @property
    def size(self):
        "How big it is."
        return 5

    @size.setter
    def size(self, size):
        raise ValueError(size)

@dataclass(slots=True)
class Point:
    x: int

def life():
    Derived.kind(), Derived().size, Point(1)
    return add(1), Derived().who(), Derived.nobody()
"""


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return a module of which no other object holds anything."""
    made = ModuleType("module_of_test_locality")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    exec(SOURCE, made.__dict__)
    return made


def test_functions_that_only_their_homes_hold_are_replaced_by_copies(module: ModuleType) -> None:
    """A copy has all that the function had, and `super` and the defaults work."""
    before = id(module.add), id(module.Derived.__dict__["who"])
    gather_code(module.life)
    assert (id(module.add), id(module.Derived.__dict__["who"])) != before
    assert module.life() == (6, "base and derived", "nobody")
    assert module.add(1, three=4) == 7
    assert module.add.__doc__ == "Add numbers."
    assert module.add.__annotations__ == dict.fromkeys(("one", "two", "three", "return"), "int")
    assert module.add.mark == "kept"
    assert module.add.__module__ == module.__name__
    assert module.Derived.who.__qualname__ == "Derived.who"


def test_functions_in_properties_and_methods_of_classes_are_replaced_too(
    module: ModuleType,
) -> None:
    """The property and the class method are new as well, and do what the old ones did."""
    members = module.Derived.__dict__
    before = members["size"].fget, members["kind"].__func__, members["nobody"].__func__
    identities = [id(function) for function in before]
    del before
    gather_code(module.life)
    after = members["size"].fget, members["kind"].__func__, members["nobody"].__func__
    assert not {id(function) for function in after} & set(identities)
    assert (module.Derived().size, module.Derived.kind()) == (5, "Derived")
    assert members["size"].__doc__ == "How big it is."
    with pytest.raises(ValueError, match="7"):
        module.Derived().size = 7


def test_what_a_class_with_slots_was_made_of_holds_nothing_back(module: ModuleType) -> None:
    """`dataclass` makes a second class, and the first may live on with the same functions."""
    before = id(module.Point.__init__)
    gather_code(module.life)
    assert id(module.Point.__init__) != before
    assert module.Point(x=3).x == 3


def test_a_property_with_another_holder_stays(module: ModuleType) -> None:
    """Its function would be there twice."""
    registry = [module.Derived.__dict__["size"]]
    gather_code(module.life)
    assert module.Derived.__dict__["size"] is registry[0]


def test_every_module_that_has_imported_a_function_gets_the_copy(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are never two of one function."""
    other = ModuleType("other_module_of_test_locality")
    other.__dict__["plus"] = module.add
    monkeypatch.setitem(sys.modules, other.__name__, other)
    before = id(module.add)
    gather_code(module.life)
    assert module.add is other.__dict__["plus"]
    assert id(module.add) != before


def test_functions_with_other_holders_stay(module: ModuleType) -> None:
    """A function in a registry, or a weak reference, is found again."""
    registry = {"add": module.add}
    watched = weakref.ref(module.Base.who)
    gather_code(module.life)
    assert module.add is registry["add"]
    assert module.Base.who is watched()


def test_what_only_the_play_needs_is_left_alone(module: ModuleType) -> None:
    """Modules of the stage are recognised by how their names begin."""
    before = id(module.add.__code__)
    gather_code(module.life, ("module_of_test",))
    assert id(module.add.__code__) == before


def test_a_profiler_is_left_alone() -> None:
    """A profiler of the process goes on."""
    assert sys.getprofile() is None
    gather_code(lambda: None)
    assert sys.getprofile() is None


def test_gaps_are_filled() -> None:
    """Fillers are kept, and the garbage collector has nothing to do with them."""
    try:
        fill_gaps()
        fillers = locality._fillers[0]
        assert isinstance(fillers, list)
        assert sys.getsizeof(fillers[0]) == locality.SIZES[0]
        assert not any(gc.is_tracked(filler) for filler in fillers)
    finally:
        locality._fillers.clear()


GAPS = """
import ctypes
from meshvisor.worker.locality import fill_gaps

malloc = ctypes.CDLL(None).malloc
malloc.restype = ctypes.c_void_p
free = ctypes.CDLL(None).free
free.argtypes = (ctypes.c_void_p,)
blocks = [malloc(200) for _ in range(2000)]
for block in blocks[::2]:
    free(block)  # gaps, as imports leave them
fill_gaps()
print(len({malloc(200) // 4096 for _ in range(100)}))
"""


def test_blocks_of_libraries_lie_side_by_side() -> None:
    """What a library allocates after the gaps were filled comes from few pages.

    In a process of its own: one that has run other tests has larger gaps than a start leaves.
    """
    done = subprocess.run([sys.executable, "-c", GAPS], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 100 * 208 // 4096 + 2
