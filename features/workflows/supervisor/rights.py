"""Who may do what: a workflow may do what its owner may, when it is saved and when it acts.

Owns looking up what an operator of the console or a token is allowed now.  An account of this
machine may do everything, as on the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from meshvisor.features.operators.supervisor.operators import Operators
from meshvisor.features.operators.supervisor.tokens import Tokens
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.steps import all_steps, scope_of
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import ForbiddenError
from meshvisor.shared.scopes import ROLES, allows
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.services import Services

KNOWN_FOR: Final = 2.0
"""Seconds that the rights of an account are kept: effects come by the hundred."""


class Rights:
    """What owners may."""

    def __init__(self, services: Services, clock: Clock) -> None:
        self._services = services
        self._clock = clock
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}

    async def check(self, actor: Actor, document: Mapping[str, Any]) -> None:
        """Refuse a workflow whose steps do what its owner may not.

        Raises:
            ForbiddenError: the sentence names the step and the scope.
        """
        if actor.user_id is None:
            return
        for step in all_steps(document):
            scope = scope_of(step)
            if scope and not await self.may(actor.user_id, scope):
                raise ForbiddenError(
                    say.STEP_SCOPE.said(
                        step=step["id"], type=step["type"], scope=scope, owner=actor.user_id
                    )
                )

    async def may(self, owner: str | None, scope: str) -> bool:
        """Say whether an account has a scope now."""
        return owner is None or not scope or allows(await self._scopes(owner), scope)

    async def _scopes(self, owner: str) -> tuple[str, ...]:
        now = self._clock.monotonic()
        known = self._known.get(owner)
        if known is None or known[0] < now:
            known = self._known[owner] = (now + KNOWN_FOR, await self._look(owner))
            if len(self._known) > 1_000:
                self._known = {owner: known}
        return known[1]

    async def _look(self, owner: str) -> tuple[str, ...]:
        kind, _, name = owner.partition(":")
        if kind == "web" and (operators := self._services.find(Operators)):
            everyone = (await operators.list_operators()).operators
            return next((ROLES[one.role] for one in everyone if one.name == name and one.role), ())
        if kind == "token" and (tokens := self._services.find(Tokens)):
            programs = (await tokens.list_tokens()).tokens
            return next((tuple(one.scopes) for one in programs if one.name == name), ())
        return ()
