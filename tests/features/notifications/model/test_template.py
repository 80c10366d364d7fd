"""Templates: what may stand in one, and what becomes of it."""

from __future__ import annotations

import pytest

from meshvisor.features.notifications.model.template import (
    FIELDS,
    check_template,
    fill,
    without_value,
)


def test_fill() -> None:
    """Names are replaced, what is missing is a dash, doubled braces are braces."""
    text = check_template("[{severity}] {title} {{x}} {mesh}", FIELDS)
    assert fill(text, {"severity": "info", "title": "{text}"}) == "[info] {text} {x} -"


def test_what_has_no_value() -> None:
    """Each name once; null is a value."""
    assert without_value(["{a} {b}", "{b} {c} {{d}}"], {"a": None}) == ["b", "c"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is wrong"),
        ("{title", "is wrong"),
        ("}", "is wrong"),
        ("{title.__class__}", "no plain name"),
        ("{title!r}", "no plain name"),
        ("{title:>99999}", "no plain name"),
        ("{}", "no plain name"),
        ("{titel}", "allowed are {title}, {text}"),
    ],
)
def test_mistakes(text: str, said: str) -> None:
    """One sentence names the template and what may stand in it; no value is looked into."""
    with pytest.raises(ValueError, match=r"the template .*") as raised:
        check_template(text, FIELDS)
    assert said in str(raised.value)
