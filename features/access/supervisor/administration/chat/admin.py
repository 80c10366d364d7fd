"""`admin @user [remove]`, `admin USER_ID [remove]`: who may administer the fleet."""

from __future__ import annotations

from typing import Final

from meshvisor.features.access.supervisor.administration.chat.request import (
    LONGEST_NAME,
    AdministrationServices,
    ChatRequest,
)
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.model.user_id import check_user_id
from meshvisor.shared.protocol.from_worker import Person
from meshvisor.supervisor.room_words import for_room

USAGES = ("admin @user [remove]", "admin USER_ID [remove]")
REMOVE = "remove"

MOST_SAID: Final = 10
"""People of whom an answer says what has become of them; more would flood the room."""


async def handle(request: ChatRequest, services: AdministrationServices) -> str:
    """Make all users who are named admins, or ordinary users again."""
    people, is_removal = _understand(request)
    # Another program may have made the bot one; that can be taken back.
    own_id = request.message.own_user_id
    if not is_removal and own_id in {person.user_id for person in people}:
        why = "that is me, and I cannot be an admin"
        await services.administration.refuse(request.actor, "admin.add", own_id, why)
    change = _remove if is_removal else _add
    said: list[str] = []
    for person in people:
        try:
            said.append(await change(person, request, services))
        except MeshvisorError as error:
            if not said:
                raise
            # Those named before are changed already, and "nothing was done" would be untrue.
            failure = f"Not done for {_called(person)} and whoever follows: {for_room(error)}"
            return " ".join([*_some(said), failure])
    return " ".join(_some(said))


def _understand(request: ChatRequest) -> tuple[list[Person], bool]:
    words, people = list(request.arguments), list(request.message.mentions)
    is_removal = bool(words) and words[-1].casefold() == REMOVE
    if is_removal:
        words.pop()
    # Words beside a mention, or several, are more likely the rest of a name with a blank than
    # ids: of `@John Doe`, where only a John is there, no user must become an admin.
    if len(people) + len(words) == 0 or len(words) > (0 if people else 1):
        request.misused(*USAGES)
    people += [_person(word, request.realm) for word in words]
    return people, is_removal


def _person(word: str, realm: str) -> Person:
    try:
        user_id = check_user_id(word, realm)
    except ValueError as error:
        raise UsageError(str(error), in_room=str(error)) from None
    return Person(user_id=user_id, name=user_id)


async def _add(person: Person, request: ChatRequest, services: AdministrationServices) -> str:
    outcome = await services.administration.add_admin(person.user_id, request.actor, request.realm)
    if not outcome.changed:
        return f"{_called(person)} is an admin already."
    return f"{_called(person)} is an admin now, {request.everywhere}."


async def _remove(person: Person, request: ChatRequest, services: AdministrationServices) -> str:
    outcome = await services.administration.remove_admin(
        person.user_id, request.actor, request.realm, keep_one=True
    )
    if not outcome.changed:
        return f"{_called(person)} is no admin."
    return f"{_called(person)} is not an admin any more."


def _some(said: list[str]) -> list[str]:
    rest = len(said) - MOST_SAID
    more = [f"So it is with {rest} more."] if rest > 0 else []
    return said[:MOST_SAID] + more


def _called(person: Person) -> str:
    name = person.name[:LONGEST_NAME]
    return name if name == person.user_id else f"{name} ({person.user_id})"
