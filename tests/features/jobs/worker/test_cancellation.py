"""What travels through the code of an action."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from meshvisor import GiveUp, RateLimited
from meshvisor.features.jobs.model.job import MAX_ERROR
from meshvisor.features.jobs.worker.cancellation import ActionCancelled, rate_limit, sentence


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (("30",), "it must be a number of seconds"),
        ((True,), "it must be a number of seconds"),
        ((None,), "it must be a number of seconds"),
        ((-1,), "it must be 0 or more seconds"),
        ((float("nan"),), "it must be 0 or more seconds"),
        ((1, ""), "it must be a short text"),
        ((1, "x" * 201), "it must be a short text"),
        ((1, "a\nb"), "it must be a short text"),
        ((1, "\ud800"), "it must be a short text"),
        ((1, 5), "it must be a short text"),
    ],
)
def test_a_rate_limit_that_cannot_be(values: tuple[Any, ...], error: str) -> None:
    """The action that raises it hears why."""
    with pytest.raises(ValueError, match=error):
        RateLimited(*values)


def test_a_rate_limit_can_travel() -> None:
    """A pool of processes hands it on."""
    limit = pickle.loads(pickle.dumps(RateLimited(1.5, "game")))
    assert (limit.retry_after, limit.key) == (1.5, "game")


def test_a_rate_limit_is_found_in_groups() -> None:
    """The longest counts, and only where nothing else is in the group."""
    short, long = RateLimited(1), RateLimited(2)
    nested = ExceptionGroup("", [short, ExceptionGroup("", [long])])
    assert rate_limit(short) is short
    assert rate_limit(nested) is long
    assert rate_limit(ExceptionGroup("", [short, ValueError()])) is None
    assert rate_limit(ValueError()) is None


def test_unwinding_is_no_error() -> None:
    """The usual `except Exception` does not swallow it."""
    assert not issubclass(ActionCancelled, Exception)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("a\n\tb  c"), "ValueError: a b c"),
        (ValueError(), "ValueError"),
        (ValueError("a:"), "ValueError: a:"),
        (GiveUp("a"), "a"),
        (KeyError("a"), "KeyError: 'a'"),
        (ExceptionGroup("x", [ValueError("a"), ValueError("b")]), "ValueError: a (and 1 more)"),
        (ValueError("\udfff"), "ValueError: ?"),
    ],
)
def test_a_sentence(error: BaseException, text: str) -> None:
    """An error is one line, whatever is in it."""
    assert sentence(error) == text


def test_a_long_sentence() -> None:
    """It has an end that shows that it is cut."""
    text = sentence(ValueError("é" * 10_000))
    assert (len(text), text[-1]) == (MAX_ERROR, "…")
