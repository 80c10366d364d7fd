"""Amounts of money: whole paise, 100 to the rupee.

An `int` of paise is exact, and so are sums of them.  A binary fraction is not: 0.1 + 0.2 is more
than 0.3.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

PAISE: Final = 100
"""In a rupee."""

_AMOUNT: Final = re.compile(r"₹? ?([0-9]{1,3}(?:,[0-9]{2,3})+|[0-9]{1,9})(\.[0-9]{1,2})?")
"""Also with the commas of either custom: 1,00,000 and 100,000."""


def read(text: str) -> int:
    """Return the paise in a text such as `1500`, `₹1,500` or `99.50`.

    Raises:
        ValueError: it is no such amount; one sentence.
    """
    found = _AMOUNT.fullmatch(text.strip())
    paise = int(Decimal(found[1].replace(",", "") + (found[2] or "")) * PAISE) if found else 0
    if not paise:
        raise ValueError(f"{text[:30]!r} is no amount; write rupees such as 1500 or 99.50.")
    return paise


def shown(paise: int) -> str:
    """Return an amount as people read it, such as `₹1,500.00`."""
    rupees, rest = divmod(abs(paise), PAISE)
    return f"{'-' if paise < 0 else ''}₹{rupees:,}.{rest:02d}"
