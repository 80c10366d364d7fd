"""Who is named in the arguments of a command."""

from __future__ import annotations

import pytest

from worker.mesh.commands.people import Named, UnclearPersonError, find_people
from worker.mesh.transports.base import User

ANN, BOB, BOBBY = User("11", "ann"), User("12", "Bob"), User("13", "Bobby")
JOHN, JOHN_DOE = User("14", "John"), User("15", "John Doe")
OTHER_ANN, NAMELESS = User("16", "Ann"), User("17", "17")
ROOM = (ANN, BOB, BOBBY, JOHN, JOHN_DOE, NAMELESS)


@pytest.mark.parametrize(
    ("text", "mentioned", "people", "rest"),
    [
        ("", (), (), ""),
        ("12345 remove", (), (), "12345 remove"),
        ("@ann", (ANN,), (ANN,), ""),
        ("@Ann remove", (ANN,), (ANN,), "remove"),
        ("remove @ann", (ANN,), (ANN,), "remove"),
        ("@John Doe remove", (JOHN_DOE,), (JOHN_DOE,), "remove"),
        ("  @John   Doe", (User("1", "John   Doe"),), (User("1", "John   Doe"),), ""),
        ("@John Doe, remove", (JOHN_DOE,), (JOHN_DOE,), "remove"),
        ("John Doe remove", (JOHN_DOE,), (JOHN_DOE,), "remove"),
        ("@John Doe @John", (JOHN, JOHN_DOE), (JOHN_DOE, JOHN), ""),
        ("@ann @ann", (ANN, ANN), (ANN,), ""),
        ("@ann @bob", (ANN,), (ANN, BOB), ""),
    ],
)
def test_mentions(text: str, mentioned: tuple[User, ...], people: object, rest: str) -> None:
    """Mentioned people are found by name, also with blanks, and their text is taken out."""
    assert find_people(text, mentioned, ROOM) == Named(people, rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "person", "rest"),
    [
        ("@ann", ANN, ""),
        ("@ANN remove", ANN, "remove"),
        ("@bob", BOB, ""),
        ("@bobby", BOBBY, ""),
        ("@John Doe remove", JOHN_DOE, "remove"),
        ("@john remove", JOHN, "remove"),
        ("@17", NAMELESS, ""),
    ],
)
def test_names_typed_by_hand(text: str, person: User, rest: str) -> None:
    """Without a mention a name is that of somebody in the room, in any case, the longest one."""
    assert find_people(text, (), ROOM) == Named((person,), rest)


def test_a_mention_counts_more_than_the_room() -> None:
    """The platform knows better than the text who is meant."""
    absent = User("99", "ann")
    assert find_people("@ann", (absent,), ROOM).people == (absent,)


def test_a_mention_that_is_spelled_differently() -> None:
    """A mention whose name the text does not have is who the next unknown name stands for."""
    unnamed = User("99", "99")
    assert find_people("@johnny remove", (unnamed,), ROOM) == Named((unnamed,), "remove")


def test_a_mention_that_the_text_does_not_name() -> None:
    """Platforms mention whose message was answered; that names nobody."""
    assert find_people("12345", (ANN,), ROOM) == Named((), "12345")


@pytest.mark.parametrize("name", ["@bo", "@annabel", "@ann.smith", "@ann_2", "@", "@Jane Doe"])
def test_nobody_has_the_name(name: str) -> None:
    """A name is never taken for a part of another one; the sentence says what to do."""
    with pytest.raises(UnclearPersonError) as caught:
        find_people(f"{name} remove", (), ROOM)
    assert str(caught.value) == (
        f"Nobody in this room is called {name.removesuffix(' Doe')}. Mention somebody who is "
        "here, or write the user id instead."
    )


def test_several_have_the_name() -> None:
    """The sentence has the ids of everybody who could be meant."""
    with pytest.raises(UnclearPersonError) as caught:
        find_people("@ann", (), (*ROOM, OTHER_ANN))
    assert str(caught.value) == (
        "Several people in this room are called @ann. Write the user id of the one you mean "
        "instead: 11, 16."
    )
