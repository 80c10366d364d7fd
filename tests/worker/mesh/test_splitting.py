"""Splitting texts into messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.worker.mesh.splitting import FENCE, SMALLEST_LIMIT, shorten, split

LIMITS = st.integers(SMALLEST_LIMIT, 400)

WORDS = st.lists(
    st.one_of(
        st.text(max_size=90),
        st.sampled_from(
            ["👩‍👩‍👧‍👦", "🇩🇪🇫🇷", "e\u0301" * 30, "```", "```py\n", "\n", "\r\n", "\ud83d", " " * 70]
        ),
    ),
    max_size=20,
).map("".join)


def size(text: str) -> int:
    """Return the length that counts."""
    return len(text.encode("utf-8", "replace"))


def bare(text: str) -> str:
    """Return what must never get lost: everything but whitespace and fences."""
    return "".join(text.replace(FENCE, "").split())


@given(WORDS, LIMITS)
def test_every_part_fits_and_says_something(text: str, limit: int) -> None:
    """No part is empty or longer than the limit, whatever the text is."""
    for part in split(text, limit):
        assert part.strip()
        assert size(part) <= limit


@given(WORDS.filter(lambda text: FENCE not in text), LIMITS)
def test_nothing_is_lost(text: str, limit: int) -> None:
    """Without code blocks the parts hold every character but whitespace, in order."""
    assert bare("".join(split(text, limit))) == bare(text)


@given(st.lists(st.text("abc {}\n", max_size=60), max_size=12), LIMITS)
def test_code_is_not_lost_either(lines: list[str], limit: int) -> None:
    """Of a cut code block no code is lost; the line that opens it may come again."""
    text = f"{FENCE}py\n" + "\n".join(lines) + f"\n{FENCE}"
    code = bare("".join(split(text, limit)).replace(f"{FENCE}py", ""))
    assert code == bare(text.replace(f"{FENCE}py", ""))


@given(WORDS, LIMITS, st.booleans())
def test_without_fences_every_character_stays(text: str, limit: int, lines: bool) -> None:
    """Where ``` means nothing it is text: nothing is added, nothing is lost but whitespace."""
    parts = split(text, limit, lines=lines, fences=False)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part.strip() and size(part) <= limit for part in parts)


@given(WORDS, LIMITS, st.booleans())
def test_each_line_is_a_message(text: str, limit: int, fences: bool) -> None:
    """Where a message has one line no part has two, and no line that fits is cut or joined."""
    parts = split(text, limit, lines=False, fences=fences)
    assert all(len(part.splitlines()) == 1 for part in parts)
    lines = [line.rstrip() for line in text.strip().splitlines() if line.strip()]
    if all(size(line) <= limit for line in lines):
        assert parts == lines
    assert parts == split(text, limit, lines=False, fences=False)


@given(WORDS, LIMITS)
def test_a_text_that_is_shortened_fits_with_its_ending(text: str, limit: int) -> None:
    """It begins like the text, and is left alone where both fit."""
    short = shorten(text, limit, " …")
    assert size(short) <= limit
    assert short.endswith(" …")
    assert text.startswith(short.removesuffix(" …"))
    if size(text) <= limit - size(" …"):
        assert short == f"{text} …"


@given(WORDS.filter(lambda text: size(text) <= SMALLEST_LIMIT and text.strip() != ""))
def test_short_texts_are_left_alone(text: str) -> None:
    """A text that fits is one part, trimmed."""
    assert split(text, SMALLEST_LIMIT) == [text.strip()]


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_to_say(text: str) -> None:
    """Text of whitespace only has no parts."""
    assert split(text, 100) == []


def test_lines_are_preferred_to_words() -> None:
    """A cut is made at a line end when there is one in the second half of the part."""
    text = "a" * 40 + "\n" + "b c " * 20
    assert split(text, 64)[0] == "a" * 40


def test_words_are_not_cut() -> None:
    """Without a line end the cut is at a space."""
    words = " ".join(["word"] * 60)
    for part in split(words, 64):
        assert set(part.split()) == {"word"}


def test_indentation_after_a_cut_stays() -> None:
    """What begins a line keeps its indentation in the next part."""
    text = "x" * 60 + "\n    indented " + "y" * 40
    assert split(text, 64)[1].startswith("    indented")


@pytest.mark.parametrize(
    "cluster",
    [
        pytest.param("e\u0301", id="combining accent"),
        pytest.param("👍🏽", id="skin tone"),
        pytest.param("👩‍🚀", id="joined emoji"),
        pytest.param("❤\ufe0f", id="variation selector"),
        pytest.param("नि", id="spacing vowel sign"),
    ],
)
@pytest.mark.parametrize("shift", range(8))
def test_what_people_see_as_one_stays_one(cluster: str, shift: int) -> None:
    """Text without any space is not cut inside a character that consists of several."""
    text = "x" * shift + cluster * 60
    for part in split(text, 64):
        rest = part.lstrip("x").replace(cluster, "")
        assert rest == ""


def test_found_by_chance_and_kept() -> None:
    """Half a character on an opening line, and an indentation longer than a message."""
    assert len(split(f"{FENCE}\ud83d" + "0" * 80, 64)) == 2
    assert split("x" * 60 + "\n" + " " * 64 + "0", 64) == ["x" * 60, "0"]


def test_flags_are_not_cut_in_half() -> None:
    """A flag is two letters, and both stay in one part."""
    for part in split("🇩🇪" * 40, 64):
        assert len(part) % 2 == 0


def test_a_cut_code_block_is_closed_and_opened_again() -> None:
    """Each part of a long code block is a code block of the same language."""
    code = "\n".join(f"line {number}" for number in range(40))
    parts = split(f"{FENCE}python\n{code}\n{FENCE}", 120)
    assert len(parts) > 2
    for part in parts:
        assert part.startswith(f"{FENCE}python\n")
        assert part.endswith(FENCE)


def test_a_limit_without_room_is_refused() -> None:
    """A limit below what fences and emoji need is an error of the transport's author."""
    with pytest.raises(ValueError, match="at least 64 bytes"):
        split("x", SMALLEST_LIMIT - 1)
