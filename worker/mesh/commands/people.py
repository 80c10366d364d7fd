"""Who is named in the arguments of a command.  Pure functions.

A platform says whom a message mentions, and the text has their names: `@John Doe remove`.  Who
types a name by hand, without a mention, means a user who is in the room.

People choose their names, and some choose one to be taken for another user, or one in which a
command goes on (`tomasz remove`).  So nothing is guessed: wherever a text can be read in two ways
its author is asked.

A room may have a hundred thousand people, so that each is looked at once for a command and not
once for a word of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Final

import msgspec

from meshvisor.shared.protocol.fields import one_line
from meshvisor.worker.mesh.commands.look_alikes import skeleton
from meshvisor.worker.mesh.transport import User

_NAME_END: Final = re.compile(r"[,;:.!?]*(?:\s+|$)")
"""What has to follow a name: `@bob` is not in `@bobby`, and not in `@bob.smith`."""

_ID: Final = re.compile(r"@[^\s:@]*:\S+")
"""A user id that begins like a name that is mentioned, as on Matrix."""

MOST_NAMED: Final = 10
"""People whom an answer tells apart; a room may be full of them."""


class Named(msgspec.Struct, frozen=True):
    """What a text says."""

    people: tuple[User, ...]
    """All users who are named, each once."""
    rest: str
    """The text without them."""


class UnclearPersonError(Exception):
    """A name stands for no user, or for several; the message is one sentence."""


def find_people(
    text: str,
    mentioned: Sequence[User],
    present: Collection[User],
    arguments: Collection[str] = (),
    own_id: str = "",
) -> Named:
    """Take the people out of a text.

    At each word: a user id, where those are like `@ann:example.org`; a mentioned user, by name,
    with or without `@`; with `@`, a mentioned user whose name is nowhere in the text (the
    platform may spell it in another way), else a user who is present.

    Args:
        text: what follows the command.
        mentioned: whom the platform says the message mentions; the first of equal names counts.
        present: who is in the room.
        arguments: words of the command itself, in lower case, that may follow a name.
        own_id: the bot's, which shows what user ids look like.

    Raises:
        UnclearPersonError: a name with `@` that no user has, or more than one reading.
    """
    text = _tidy(text)
    unspelled = [user for user in mentioned if _key(user.name) not in text.casefold()]
    by_mention, by_presence = _Names(mentioned), _Names(present)
    known = {user.id: user for user in (*present, *mentioned)} if _ID.fullmatch(own_id) else None
    people: dict[str, User] = {}
    words: list[str] = []
    while text:
        # Never a name: a user could call themselves what another one's id is.
        if known is not None and _ID.fullmatch(word := _first_word(text)[0]):
            person, text = known.get(word) or User(word, word), _first_word(text)[1]
            unspelled = [user for user in unspelled if user.id != word]
            people.setdefault(word, person)
            continue
        name = text.removeprefix("@")
        if found := by_mention.at_start_of(name):
            person = _mentioned(found, name)
            text = _after_name(name, person)
        elif not text.startswith("@"):
            word, text = _first_word(text)
            words.append(word)
            continue
        elif unspelled:
            person, text = unspelled.pop(0), _first_word(text)[1]
            # Platforms mention whose message was answered, too; the name may be another user's.
            here = by_presence.at_start_of(name)
            if here and person.id not in {user.id for user in here}:
                raise _ambiguous([*here, person])
        else:
            person = _only(by_presence.at_start_of(name), _first_word(text)[0])
            by_presence.check_only_one_is_meant(person)
            text = _after_name(name, person)
        _check_no_argument(person, arguments)
        people.setdefault(person.id, person)
    return Named(tuple(people.values()), " ".join(words))


def check_not_a_name(text: str, present: Collection[User]) -> None:
    """Stop at a text without `@` that begins with a name, or what looks like one, and no id.

    Its first word would be taken for an id.

    Args:
        text: begins where a user id may stand; a peer id (`12345_phone`) names one, too.
        present: who is in the room.

    Raises:
        UnclearPersonError: it is the name of a present user, and no user's id.
    """
    text = _tidy(text)
    word = _first_word(text)[0]
    ids = {word.casefold(), word.partition("_")[0].casefold()}
    if any(user.id.casefold() in ids for user in present):
        return
    names = _Names(present)
    found = names.at_start_of(text)
    if not found and not word.isdecimal():  # a number is an id, whatever users call themselves
        found = names.like(word) or names.like(word.partition("_")[0])
    if found:
        raise UnclearPersonError(f"Did you mean {_listed(found)}?")


# ---- Private: names in a room --------------------------------------------------------------------


class _Names:
    """People by name."""

    def __init__(self, users: Iterable[User]) -> None:
        self._users = users

    def at_start_of(self, text: str) -> list[User]:
        """Return all users with whose name a text begins, the longest names first."""
        by_name, lengths = self._by_name
        return [
            user
            for size in lengths
            if size <= len(text) and _NAME_END.match(text, size)
            for user in by_name.get((size, text[:size].casefold()), ())
        ]

    def like(self, name: str) -> list[User]:
        """Return all users whose name looks like this one."""
        return self._by_look.get(skeleton(name), [])

    def check_only_one_is_meant(self, person: User) -> None:
        """Stop at a name that another one looks like, or that is another one's id.

        Raises:
            UnclearPersonError: there is another user.
        """
        alike = self.like(person.name)
        if any(user.id != person.id for user in alike):
            raise UnclearPersonError(
                f"Several people in this room have names that look like @{_called(person)}. Write "
                f"the user id of the one you mean instead: {_ids(alike)}."
            )
        name = _tidy(person.name)
        if name != person.id and (name.isdecimal() or name in self._user_ids):
            raise UnclearPersonError(
                f"@{_called(person)} is the name of {person.id}, and may be the user id of "
                "somebody else. Write the user id of the one you mean, without @."
            )

    @cached_property
    def _user_ids(self) -> set[str]:
        return {user.id for user in self._users}

    @cached_property
    def _by_name(self) -> tuple[dict[tuple[int, str], list[User]], list[int]]:
        by_name: defaultdict[tuple[int, str], list[User]] = defaultdict(list)
        for user in self._users:
            by_name[len(_tidy(user.name)), _key(user.name)].append(user)
        by_name.pop((0, ""), None)
        return by_name, sorted({size for size, _ in by_name}, reverse=True)

    @cached_property
    def _by_look(self) -> dict[str, list[User]]:
        by_look: defaultdict[str, list[User]] = defaultdict(list)
        for user in self._users:
            by_look[skeleton(user.name)].append(user)
        by_look.pop("", None)
        return by_look


# ---- Private: one of several ---------------------------------------------------------------------


def _mentioned(found: Sequence[User], text: str) -> User:
    """Return who is meant of the mentioned people with whose names a text begins."""
    first = found[0]
    # A shorter name is no second reading where it is spelled behind the longest one.
    behind = _after_name(text, first).casefold()
    shorter = [u for u in found if _key(u.name) != _key(first.name)]
    if any(f"@{_key(user.name)}" not in behind for user in shorter):
        raise _ambiguous(found)
    return first


def _only(found: list[User], word: str) -> User:
    if not found:
        raise UnclearPersonError(
            f"No user in this room is called {word[:64]}. Mention a user who is here, or write "
            "the user id instead."
        )
    if len({_key(user.name) for user in found}) > 1:
        raise _ambiguous(found)
    if len(found) > 1:
        raise UnclearPersonError(
            f"Several people in this room are called @{_called(found[0])}. Write the user id of "
            f"the one you mean instead: {_ids(found)}."
        )
    return found[0]


def _ambiguous(found: Sequence[User]) -> UnclearPersonError:
    return UnclearPersonError(
        f"That can mean {_listed(found)}. Write the user id of the one you mean instead."
    )


def _check_no_argument(person: User, arguments: Collection[str]) -> None:
    last = _key(person.name).split(" ")[-1].strip(",;:.!?")
    if last in arguments:
        raise UnclearPersonError(
            f"The name of {person.id} ends with {last!r}, which is a word of this command. Write "
            f"the user id instead of @{_called(person)}."
        )


def _listed(found: Sequence[User]) -> str:
    users = sorted(found, key=lambda user: user.id)[:MOST_NAMED]
    return " or ".join(f"@{_called(user)} ({user.id})" for user in users)


def _ids(found: Iterable[User]) -> str:
    return ", ".join(sorted(user.id for user in found)[:MOST_NAMED])


def _called(user: User) -> str:
    return _tidy(user.name)


# ---- Private: text -------------------------------------------------------------------------------


def _tidy(text: str) -> str:
    """Return a text as people see it: one line, one blank between words, nothing invisible."""
    return one_line(text).strip()


def _key(name: str) -> str:
    return _tidy(name).casefold()


def _after_name(text: str, user: User) -> str:
    text = text[len(_tidy(user.name)) :]
    end = _NAME_END.match(text)
    return text[end.end() :] if end is not None else text


def _first_word(text: str) -> tuple[str, str]:
    pieces = text.split(None, 1)
    return pieces[0], pieces[1] if len(pieces) > 1 else ""
