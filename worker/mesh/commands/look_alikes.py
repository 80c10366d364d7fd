"""Names that people cannot tell apart.  Pure functions.

Owns what looks alike: case, marks, invisible characters, letters of other alphabets, and a few
signs that many fonts draw the same.  Not all of Unicode's confusables: two people are only asked
about who of them is meant, so that a pair too many costs a question, and what matters are names
that a user chooses to be taken for another one.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_LETTERS: Final = str.maketrans(
    # Cyrillic, Greek, Armenian and rarer Latin letters, after `casefold`.
    "авеорсухіјѕһԁԛԝкмтнгпьѵԍӏ" + "αορεικνυτχηγβωσ" + "օսոհ" + "ıɩɑɡøłđʟʀ" + "01i|5",
    "abeopcyxijshdqwkmthrnbvgl" + "aopelkvutxnybwo" + "ounh" + "llagoldlr" + "olll" + "s",
)

_TWO_AS_ONE: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def skeleton(name: str) -> str:
    """Return the same text for names that look the same."""
    if not name.isascii():
        name = "".join(filter(_is_seen, unicodedata.normalize("NFKD", name)))
    text = name.casefold().translate(_LETTERS)
    for two, one in _TWO_AS_ONE:
        text = text.replace(two, one)
    return " ".join(text.split())


def _is_seen(character: str) -> bool:
    """Say whether a character takes room of its own: marks and invisible ones do not."""
    return unicodedata.category(character) not in {"Mn", "Me", "Cf", "Cc", "Cn", "Co", "Cs"}
