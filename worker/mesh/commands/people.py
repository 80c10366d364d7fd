"""Who is named in the arguments of a command.  Pure functions.

A platform says whom a message mentions, and the text has their names: `@John Doe remove`.  Who
types a name by hand, without a mention, means somebody who is in the room.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from worker.mesh.transports.base import User

_NAME_END: Final = re.compile(r"[,;:.!?]*(?:\s+|$)")
"""What has to follow a name: `@bob` is not in `@bobby`, and not in `@bob.smith`."""

MOST_NAMED: Final = 10
"""People of one name whom an answer tells apart; a room may be full of them."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a text says."""

    people: tuple[User, ...]
    """Everybody who is named, once."""
    rest: str
    """The text without them."""


class UnclearPersonError(Exception):
    """A name stands for nobody, or for several people; the message is one sentence."""


def find_people(text: str, mentioned: Sequence[User], present: Collection[User]) -> Named:
    """Take the people out of a text.

    At each word: somebody mentioned, by name, with or without `@`; with `@`, somebody mentioned
    whose name is nowhere in the text (the platform may spell it in another way), else somebody
    who is present.

    Args:
        text: what follows the command.
        mentioned: whom the platform says the message mentions; the first of equal names counts.
        present: who is in the room.

    Raises:
        UnclearPersonError: a name with `@` that nobody has, or several have.
    """
    unspelled = [user for user in mentioned if user.name.casefold() not in text.casefold()]
    people: dict[str, User] = {}
    words: list[str] = []
    text = text.lstrip()
    while text:
        named = _called(text.removeprefix("@"), mentioned)
        if named:
            person, text = named[0], _after_name(text, named[0])
        elif not text.startswith("@"):
            word, text = _first_word(text)
            words.append(word)
            continue
        elif unspelled:
            person, text = unspelled.pop(0), _first_word(text)[1]
        else:
            person = _only(_called(text[1:], present), _first_word(text)[0])
            text = _after_name(text, person)
        people.setdefault(person.id, person)
    return Named(tuple(people.values()), " ".join(words))


def check_not_a_name(word: str, present: Collection[User]) -> None:
    """Stop at a word without `@` that is no id here, but a name: it would be taken for an id.

    Args:
        word: what stands where a user id may stand; a peer id (`12345_phone`) names one, too.
        present: who is in the room.

    Raises:
        UnclearPersonError: it is the name of somebody present, and nobody's id.
    """
    words = {word.casefold(), word.partition("_")[0].casefold()}
    if any(user.id.casefold() in words for user in present):
        return
    found = sorted((user for user in present if user.name.casefold() in words), key=lambda u: u.id)
    if found:
        meant = " or ".join(f"@{user.name} ({user.id})" for user in found[:MOST_NAMED])
        raise UnclearPersonError(f"Did you mean {meant}?")


# Private


def _called(text: str, users: Collection[User]) -> list[User]:
    """Return the users with whose name `text` begins; of names of different length the longest."""
    found = [user for user in users if _begins(text, user.name)]
    longest = max((len(user.name) for user in found), default=0)
    return [user for user in found if len(user.name) == longest]


def _begins(text: str, name: str) -> bool:
    size = len(name)
    return text[:size].casefold() == name.casefold() and _NAME_END.match(text, size) is not None


def _after_name(text: str, user: User) -> str:
    text = text.removeprefix("@")[len(user.name) :]
    end = _NAME_END.match(text)
    return text[end.end() :] if end is not None else text


def _first_word(text: str) -> tuple[str, str]:
    pieces = text.split(None, 1)
    return pieces[0], pieces[1] if len(pieces) > 1 else ""


def _only(found: list[User], word: str) -> User:
    if not found:
        raise UnclearPersonError(
            f"Nobody in this room is called {word[:64]}. Mention somebody who is here, or write "
            "the user id instead."
        )
    if len(found) > 1:
        ids = ", ".join(sorted(user.id for user in found)[:MOST_NAMED])
        raise UnclearPersonError(
            f"Several people in this room are called @{found[0].name}. Write the user id of the "
            f"one you mean instead: {ids}."
        )
    return found[0]
