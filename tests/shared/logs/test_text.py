from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.shared.logs.text import clean, shorten


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain text", "plain text"),
        ("Grüße, 世界 👋🏽", "Grüße, 世界 👋🏽"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hcleared", "cleared"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "0;titletext"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "8;;http://xlink8;;"),
        ("\x1bPq#0\x1b\\picture", "q#0picture"),
        ("root\x1b]0; may administer\n  Traceback", "root0; may administer\n  Traceback"),
        ("root\x9d0; may", "root0; may"),
        ("root\x1bPx", "rootx"),
        ("root\x1b[ (42) removed bob", "root (42) removed bob"),
        ("root\x1b[42 removed bob", "root42 removed bob"),
        ("root\x1b may", "root may"),
        ("root\x1b( may", "root( may"),
        ("\x1b(0line", "line"),
        ("\x1b", ""),
        ("bell\x07 back\x08 nul\x00", "bell back nul"),
        ("tab\tand\rreturn", "tab and return"),
        ("two\nlines", "two\nlines"),
        ("no-break\u00a0space line\u2028separator", "no-break space line separator"),
        ("turned \u202e writing", "turned  writing"),
        ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"),
        ("half \ud800 character", "half  character"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    """What a terminal would obey is gone, what people wrote is still there."""
    assert clean(text) == cleaned


@given(st.text())
def test_clean_is_harmless(text: str) -> None:
    """No control character survives, however they are mixed; cleaning twice changes nothing."""
    cleaned = clean(text)
    assert all(c.isprintable() or c in "\n\u200c\u200d" for c in cleaned)
    assert clean(cleaned) == cleaned
    cleaned.encode()


def test_shorten() -> None:
    """Long text keeps its beginning and its end, and says what is missing."""
    assert shorten("short", 10) == "short"
    assert shorten("a" * 50 + "b" * 50, 20) == (
        "aaaaaaaaaa … (80 characters left out) … bbbbbbbbbb"
    )
