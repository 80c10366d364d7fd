"""Regular expressions of users, by an engine whose time grows with the text and nothing else.

Owns the caps.  RE2 has no backreferences and no look-around; in return no expression can be made
that takes long on a short text (docs/decisions/0110-workflows.md).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from meshvisor.features.workflows import wordings as say

LONGEST_PATTERN: Final = 500
"""Characters."""
LONGEST_SEARCHED: Final = 32_768
"""Characters of a text that are looked at."""
MEMORY: Final = 1 << 20
"""Bytes that an expression may take when compiled."""


@lru_cache(maxsize=2000)
def compile_pattern(text: str) -> Callable[[str], bool]:
    """Return what says whether an expression is found in a text.

    Raises:
        ValueError: it is none; the message is one sentence.
    """
    import re2  # most processes never need it

    if len(text) > LONGEST_PATTERN:
        raise ValueError(
            f"the regular expression has {len(text):,} characters; {LONGEST_PATTERN} are allowed"
        )
    options = re2.Options()
    options.max_mem = MEMORY
    options.log_errors = False
    try:
        search = re2.compile(text, options).search
    except re2.error as error:
        what = error.args[0] if error.args else ""
        said = what.decode(errors="replace") if isinstance(what, bytes) else str(what)
        raise ValueError(say.NO_EXPRESSION(found=repr(text[:60]), why=said)) from None
    return lambda searched: search(searched[:LONGEST_SEARCHED]) is not None
