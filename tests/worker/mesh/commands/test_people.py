"""Who is named in the arguments of a command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from meshvisor.worker.mesh.commands.look_alikes import skeleton
from meshvisor.worker.mesh.commands.people import (
    Named,
    UnclearPersonError,
    check_not_a_name,
    find_people,
)
from meshvisor.worker.mesh.transport import User

ANN, BOB, BOBBY = User("11", "ann"), User("12", "Bob"), User("13", "Bobby")
JOHN, JOHN_DOE = User("14", "John"), User("15", "John Doe")
OTHER_ANN, NAMELESS = User("16", "Ann"), User("17", "17")
MARY_ANN = User("18", "Mary Ann")
ROOM = (ANN, BOB, BOBBY, JOHN, JOHN_DOE, NAMELESS, MARY_ANN)


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
        ("@mary ann remove", MARY_ANN, "remove"),
        ("@Mary \u200b Ann, remove", MARY_ANN, "remove"),
        ("@john remove", JOHN, "remove"),
        ("@17", NAMELESS, ""),
    ],
)
def test_names_typed_by_hand(text: str, person: User, rest: str) -> None:
    """Without a mention a name is that of a user in the room, in any case."""
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
    """Platforms mention whose message was answered; that names no user."""
    assert find_people("12345", (ANN,), ROOM) == Named((), "12345")


@pytest.mark.parametrize("name", ["@bo", "@annabel", "@ann.smith", "@ann_2", "@", "@Jane Doe"])
def test_no_user_has_the_name(name: str) -> None:
    """A name is never taken for a part of another one; the sentence says what to do."""
    with pytest.raises(UnclearPersonError) as caught:
        find_people(f"{name} remove", (), ROOM)
    assert str(caught.value) == (
        f"No user in this room is called {name.removesuffix(' Doe')}. Mention a user who is "
        "here, or write the user id instead."
    )


def test_several_have_the_name() -> None:
    """The sentence has the ids of all who could be meant."""
    with pytest.raises(UnclearPersonError) as caught:
        find_people("@ann", (), (*ROOM, OTHER_ANN))
    assert str(caught.value) == (
        "Several people in this room are called @ann. Write the user id of the one you mean "
        "instead: 11, 16."
    )


REMOVE = frozenset({"remove"})


@pytest.mark.parametrize("mentioned", [False, True])
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@tomasz remove", ("tomasz", "tomasz remove")),
        ("@Tomasz REMOVE", ("tomasz", "Tomasz Remove")),
        ("@Kofi, remove", ("Kofi", "Kofi, remove")),
        ("@Kofi: remove now", ("Kofi", "kofi: remove")),
        ("@a b c", ("a", "a b", "a b c")),
        ("@ann lee", ("ann", "Ann  Lee")),
        ("@ann lee", ("ann", "Ann\n Lee")),
    ],
)
def test_names_of_different_length(text: str, names: tuple[str, ...], mentioned: bool) -> None:
    """Where a text can be read in two ways no user is chosen; the sentence has all ids."""
    users = tuple(User(str(1000 + number), name) for number, name in enumerate(names))
    with pytest.raises(UnclearPersonError) as caught:
        find_people(text, users if mentioned else (), users, REMOVE)
    assert str(caught.value).startswith("That can mean @")
    assert all(f"({user.id})" in str(caught.value) for user in users)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mentioned", [False, True])
@pytest.mark.parametrize("name", ["tomasz remove", "Kofi, Remove!", "remove", "a remove"])
def test_a_name_in_which_the_command_goes_on(name: str, mentioned: bool) -> None:
    """A user called like the end of a command is named by id only, mentioned or not."""
    user = User("666", name)
    with pytest.raises(UnclearPersonError, match="the user id instead"):
        find_people(f"@{name}", (user,) if mentioned else (), (user,), REMOVE)
    assert find_people(f"@{name}", (user,), (user,)).people == (user,)


@pytest.mark.parametrize(
    "other",
    ["t\u043emasz", "tomasz\u0301", "TOMASZ\u200d", "tomas\u200cz", "t0masz", "tornasz"],
)
def test_names_that_look_alike(other: str) -> None:
    """A name that another one looks like is not enough, whichever of them was typed."""
    users = (User("1000", "tomasz"), User("666", other))
    for name in ("tomasz", other):
        with pytest.raises(UnclearPersonError, match="666"):
            find_people(f"@{name}", (), users)
    with pytest.raises(UnclearPersonError, match="Did you mean"):
        check_not_a_name(other, users)


@pytest.mark.parametrize("present", [True, False])
def test_a_name_that_is_an_id(present: bool) -> None:
    """A user whose name is another one's id is not taken for that one, and not found by it."""
    users = (User("666", "1000"), *((User("1000", "ann"),) if present else ()))
    with pytest.raises(UnclearPersonError, match="without @"):
        find_people("@1000", (), users)


def test_a_mention_of_another_user() -> None:
    """Whose message was answered is mentioned as well, and is not who is named."""
    with pytest.raises(UnclearPersonError, match=r"@ann \(11\) or @eve \(666\)"):
        find_people("@ann remove", (User("666", "eve"),), ROOM)
    assert find_people("@ann", (User("11", "Anna Maria"),), ROOM).people[0].id == "11"


def test_a_name_of_several_words_is_no_id() -> None:
    """Its first word is not taken for the id of another user."""
    for text in ("Mary Ann", "mary ann remove", "MARY\u2003ANN"):
        with pytest.raises(UnclearPersonError, match=r"Did you mean @Mary Ann \(18\)\?"):
            check_not_a_name(text, ROOM)
    check_not_a_name("17 remove", ROOM)
    check_not_a_name("4711", (User("666", "47ll"),))


def test_skeletons_of_ordinary_names_differ() -> None:
    """People who merely have similar names are not mixed up."""
    names = [
        "ann",
        "anna",
        "bob",
        "bobby",
        "john",
        "joan",
        "maria",
        "mario",
        "zoë",
        "chloé",
        "李明",
    ]
    assert len({skeleton(name) for name in names}) == len(names)


def test_each_user_is_looked_at_once() -> None:
    """However often a text says `@`, a crowd is gone through once for all of it."""
    crowd = [User(str(number), f"user{number}") for number in range(20_000)]
    looks: list[int] = []

    class Room(list[User]):
        def __iter__(self) -> Iterator[User]:
            looks.append(1)
            return super().__iter__()

    text = " ".join(f"@user{number}" for number in range(150))
    assert len(find_people(text, (), Room(crowd)).people) == 150
    assert len(looks) <= 5


MATRIX_ANN = User("@ann:example.org", "Ann")
OWN_ID = "@bot:example.org"


@pytest.mark.parametrize(
    ("text", "mentioned", "present", "people", "rest"),
    [
        ("@ann:example.org", (), (MATRIX_ANN,), (MATRIX_ANN,), ""),
        ("@ann:example.org remove", (MATRIX_ANN,), (), (MATRIX_ANN,), "remove"),
        ("@bob:else.where", (), (MATRIX_ANN,), (User("@bob:else.where", "@bob:else.where"),), ""),
        ("@Ann remove", (), (MATRIX_ANN,), (MATRIX_ANN,), "remove"),
    ],
)
def test_ids_that_begin_like_a_mention(
    text: str, mentioned: tuple[User, ...], present: tuple[User, ...], people: object, rest: str
) -> None:
    """Where the bot's own id is like that, such a word is an id; names are found as ever."""
    named = find_people(text, mentioned, present, ("remove",), OWN_ID)
    assert named == Named(people, rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["ann:example.org", "@ann:example.org"])
def test_no_user_gets_a_right_by_the_name_of_an_id(name: str) -> None:
    """Who calls himself what another one's id is, is not meant by it."""
    mallory = User("@mallory:example.org", name)
    (person,) = find_people("@ann:example.org", (), (mallory,), (), OWN_ID).people
    assert person.id == "@ann:example.org"
