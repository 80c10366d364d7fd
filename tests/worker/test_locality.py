"""Gathering code and filling gaps."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator

from meshvisor.worker import locality
from meshvisor.worker.locality import fill_gaps, gather_code


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


def test_a_profiler_is_left_alone() -> None:
    """Whoever profiles the process goes on doing so."""
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
