"""`admin @user [remove]`, `admin USER_ID [remove]`: who may administer the fleet."""

from __future__ import annotations

from shared.errors import UsageError
from shared.model.user_id import check_user_id
from shared.protocol.from_worker import Person
from supervisor.administration.chat.request import ChatRequest, Desk

USAGES = ("admin @user [remove]", "admin USER_ID [remove]")
REMOVE = "remove"


async def handle(request: ChatRequest, desk: Desk) -> str:
    """Make everybody who is named an admin, or an ordinary user again."""
    people, is_removal = _understand(request)
    said = []
    for person in people:
        if is_removal:
            said.append(await _remove(person, request, desk))
        else:
            said.append(await _add(person, request, desk))
    return " ".join(said)


def _understand(request: ChatRequest) -> tuple[list[Person], bool]:
    *words, last = request.arguments or ("",)
    is_removal = last.casefold() == REMOVE
    if last and not is_removal:
        words.append(last)
    people = list(request.message.mentions)
    for word in words:
        try:
            user_id = check_user_id(word)
        except ValueError as error:
            raise UsageError(str(error)) from None
        people.append(Person(user_id=user_id, name=user_id))
    if not people:
        request.misused(*USAGES)
    if request.message.own_user_id in {person.user_id for person in people}:
        raise UsageError("that is me, and I cannot be an admin")
    return people, is_removal


async def _add(person: Person, request: ChatRequest, desk: Desk) -> str:
    outcome = await desk.administration.add_admin(person.user_id, request.actor)
    if not outcome.changed:
        return f"{_called(person)} is an admin already."
    return f"{_called(person)} is an admin now, in every mesh."


async def _remove(person: Person, request: ChatRequest, desk: Desk) -> str:
    outcome = await desk.administration.remove_admin(person.user_id, request.actor, keep_one=True)
    if not outcome.changed:
        return f"{_called(person)} is no admin."
    return f"{_called(person)} is not an admin any more."


def _called(person: Person) -> str:
    return person.name if person.name == person.user_id else f"{person.name} ({person.user_id})"
