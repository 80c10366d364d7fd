"""Amounts and plans: what is owed, to the paisa."""

from __future__ import annotations

import random
from fractions import Fraction
from math import floor

import pytest

from examples.investments.investments import money
from examples.investments.investments.plans import COMMISSIONS, LEVELS, MILLION, PLANS, Terms


@pytest.mark.parametrize(
    ("text", "paise"),
    [("1500", 150_000), ("99.5", 9_950), ("₹1,00,000.01", 10_000_001), (" 100,000 ", 10_000_000)],
)
def test_amounts(text: str, paise: int) -> None:
    """Rupees are read with paise, and with the commas of either custom."""
    assert money.read(text) == paise


@pytest.mark.parametrize(
    "text", ["", "0", "0.00", "-5", "1.234", "1e3", "five", "1,5", "٣", "9" * 10]
)
def test_amounts_that_are_none(text: str) -> None:
    """What is no amount is refused with an example, and so are nothing and less than a paisa."""
    with pytest.raises(ValueError, match=r"is no amount; write rupees such as 1500"):
        money.read(text)


def test_shown() -> None:
    """An amount is shown with two digits of paise."""
    assert [money.shown(paise) for paise in (5, 123_456_70, -150)] == [
        "₹0.05",
        "₹123,456.70",
        "-₹1.50",
    ]


@pytest.mark.parametrize("seed", range(2))
def test_every_day_is_right(seed: int) -> None:
    """After each day all that was due until then is the exact amount, rounded down once."""
    chance = random.Random(seed)
    for _ in range(20):
        plan = PLANS[chance.choice(list(PLANS))]
        terms = plan.terms(chance.randint(plan.least, plan.most))
        for level in range(LEVELS + 1):
            share = Fraction(COMMISSIONS[level - 1] if level else MILLION, MILLION)
            daily = Fraction(terms.principal * terms.daily_rate, MILLION) * share
            paid = 0
            for day in range(1, terms.days + 1):
                due = terms.due(day, level)
                assert floor(daily) <= due <= floor(daily) + 1
                paid += due
                assert paid == floor(daily * day)


def test_a_fraction_is_carried() -> None:
    """A third of a paisa a day is nothing for two days, and a paisa on the third."""
    terms = Terms(principal=1, daily_rate=MILLION // 3 + 1, days=6, commissions=(MILLION,))
    assert [terms.due(day, 0) for day in range(1, 9)] == [0, 0, 1, 0, 0, 1, 0, 0]
    assert [terms.due(day, 1) for day in range(1, 9)] == [0, 0, 1, 0, 0, 1, 0, 0]
