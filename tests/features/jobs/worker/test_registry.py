"""Which functions can be actions."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from meshvisor import JobContext, action
from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.worker.actions import ACTIONS, Action


async def coroutine(_job: JobContext) -> None:
    """Do nothing."""


def plain(_job: JobContext) -> None:
    """Do nothing."""


def generator(_job: JobContext) -> Iterator[None]:
    """Never run."""
    yield


async def async_generator(_job: JobContext) -> AsyncIterator[None]:
    """Never run."""
    yield


@pytest.mark.parametrize("function", [generator, async_generator])
def test_a_generator(function: Any) -> None:
    """It would never run, and is refused when it is declared."""
    with pytest.raises(ValueError, match="holds a yield, so it would never run"):
        action("never")(function)
    assert ACTIONS.names == ()


async def no_parameter() -> None:
    """Have no place for the job."""


async def two_parameters(_job: JobContext, _game: str) -> None:
    """Want more than the job."""


def needs_a_name(_job: JobContext, *, game: str) -> None:
    """Want a named one as well."""
    _ = game


@pytest.mark.parametrize("function", [no_parameter, two_parameters, needs_a_name])
def test_a_function_that_does_not_take_one_argument(function: Any) -> None:
    """It could never be called, and is refused when it is declared, with the action's name."""
    with pytest.raises(ValueError, match="'odd' cannot be called with a job and nothing else"):
        action("odd")(function)
    assert ACTIONS.names == ()


def with_a_game(function: Callable[..., Any]) -> Callable[[JobContext], Any]:
    """Decorate what wants a game as well."""

    @functools.wraps(function)
    def call(job: JobContext) -> Any:
        return function(job, "chess")

    return call


async def with_a_default(_job: JobContext, _game: str = "chess") -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("function", "asynchronous"),
    [
        (coroutine, True),
        (plain, False),
        (functools.partial(coroutine), True),
        (functools.partial(two_parameters, _game="chess"), True),
        (with_a_default, True),
        (with_a_game(two_parameters), False),
        (lambda *jobs: None, False),
        (iter, False),
        (dict, False),
    ],
)
def test_how_it_is_run(function: Callable[[Any], Any], asynchronous: bool) -> None:
    """Coroutine functions run in the loop, others in a thread."""
    assert Action(ActionSpec(name="a"), function).asynchronous is asynchronous


def test_the_registry_is_in_order() -> None:
    """Actions are reported by name, and the decorated function is still itself."""
    assert action("b")(plain) is plain
    assert action("a")(coroutine) is coroutine
    assert ACTIONS.names == ("a", "b")
    assert [one.spec.name for one in ACTIONS] == ["a", "b"]
    assert [one.spec.source for one in ACTIONS] == [__name__, __name__]
