"""What answers a request of the control socket: one function, together with the request's model.

    class AddAdmin(Request):
        \"\"\"Make a user an admin in every mesh.\"\"\"

        type: Literal["admin_add"] = "admin_add"
        user_id: WrittenUserId

    @handles(AddAdmin, offline=True)
    async def add_admin(request: AddAdmin, call: Call) -> AdminOutcome:
        return await call.need(Administration).add_admin(request.user_id, call.actor)

    HANDLERS: Final = (add_admin, ...)

Owns this contract.  Does not own which handlers there are (`registry`) nor whom they ask: what a
handler needs it takes from the services, by type, and calls with values.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from meshvisor.shared.control.request import Request
from meshvisor.shared.control.results import Result
from meshvisor.supervisor.audit.log import Actor, AuditLog
from meshvisor.supervisor.services import Services

T = TypeVar("T")
Asked = TypeVar("Asked", bound=Request)

Stream = AsyncGenerator[Result, None]
"""Events of an answer that goes on; closed when the client leaves."""

Answer = Awaitable[Result | None] | Stream


class Call(msgspec.Struct, frozen=True):
    """The context of a request: its actor, and the services."""

    actor: Actor
    """For the audit log, and as the creator of what is made."""
    services: Services

    def need(self, kind: type[T]) -> T:
        """Return the service of a type, see `Services.need`."""
        return self.services.need(kind)

    def find(self, kind: type[T]) -> T | None:
        """Return the service of a type; None: no feature provides one."""
        return self.services.find(kind)

    async def note(self, action: str, subject: str, detail: str = "") -> None:
        """Keep in the audit log that the actor has done something, see `AuditLog.note`.

        Raises:
            LookupError: there is none, which is a mistake: no change may be missing in it.
        """
        await self.need(AuditLog).note(self.actor, action, subject, detail)


@dataclass(frozen=True, slots=True)
class Handler:
    """A request and what answers it."""

    request: type[Request]
    answer: Callable[[Any, Call], Answer]
    """Given the request.  Raises a `MeshvisorError`, whose sentence and exit code the client gets,
    when it cannot be done."""
    offline: bool = False
    """Whether it also answers while no supervisor runs, from the services of `Feature.offline`."""

    @property
    def kind(self) -> str:
        """The request's `type`."""
        kind: str = self.request.model_fields["type"].default
        return kind


def handles(
    request: type[Asked], *, offline: bool = False
) -> Callable[[Callable[[Asked, Call], Answer]], Handler]:
    """Make a function the handler of a request; see `Handler` for what it is given."""

    def make(answer: Callable[[Asked, Call], Answer]) -> Handler:
        return Handler(request, answer, offline)

    return make
