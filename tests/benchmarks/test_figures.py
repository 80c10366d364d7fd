from __future__ import annotations

import pytest

from benchmarks.figures import Figure, Spread


@pytest.mark.parametrize(
    ("samples", "median", "p99"),
    [
        ((5.0,), 5.0, 5.0),
        ((3.0, 1.0, 2.0), 2.0, 3.0),
        (tuple(float(n) for n in range(1, 201)), 100.5, 198.0),
    ],
)
def test_median_and_percentile(samples: tuple[float, ...], median: float, p99: float) -> None:
    """The 99th percentile is a value that was measured, not one in between."""
    figure = Figure.of(samples)
    assert figure.n == len(samples)
    assert figure.spread == Spread(median, p99, min(samples), max(samples))


def test_never_is_not_hidden_by_the_other_samples() -> None:
    """One try in which it did not happen makes the figure a `never`."""
    figure = Figure.of((1.0, None, 2.0))
    assert figure.never
    assert figure.spread == Spread(1.5, 2.0, 1.0, 2.0)
    assert Figure.of((None,)).spread is None
