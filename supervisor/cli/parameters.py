"""Kinds of arguments: mesh ids that complete themselves, durations, moments, patterns.

Owns checking and completing them.  Whether a mesh exists is for the supervisor to say.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.model.duration import parse_duration
from meshvisor.shared.model.mesh_id import check_mesh_id
from meshvisor.shared.model.user_id import check_user_id
from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.human import parse_moment

COMPLETION_TIMEOUT: Final = 1.0
"""Seconds that pressing Tab may wait for a supervisor."""


class MeshIdType(click.ParamType[str]):
    """A mesh id; Tab offers those that the running supervisor knows."""

    name = "mesh"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check what a mesh id may look like."""
        try:
            return check_mesh_id(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the known ids that begin like `incomplete`; nothing when no supervisor answers."""
        from meshvisor.shared.control.client import ControlClient

        invocation = ctx.find_object(Invocation) or Invocation()
        try:
            with ControlClient(invocation.home.root, COMPLETION_TIMEOUT) as client:
                meshes = client.request("status")["meshes"]
        except MeshvisorError:
            return []
        return [
            CompletionItem(mesh["mesh_id"], help=mesh["state"])
            for mesh in meshes
            if mesh["mesh_id"].startswith(incomplete)
        ]


class CheckedType(click.ParamType[str]):
    """A text that a function of `shared.model` checks."""

    def __init__(self, name: str, check: Callable[[str], str]) -> None:
        self.name = name
        self._check = check

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it."""
        try:
            return self._check(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class DurationType(click.ParamType[float]):
    """A duration like `90s`, `15m` or `1h30m`, as seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it."""
        if isinstance(value, float):
            return value
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class MomentType(click.ParamType[float]):
    """A moment like `10m` (ago), `12:30` or `2026-03-01T12:30`, as epoch seconds."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it."""
        if isinstance(value, float):
            return value
        try:
            return parse_moment(value, time.time())
        except ValueError as error:
            self.fail(str(error), param, ctx)


class PatternType(click.ParamType[re.Pattern[str]]):
    """A regular expression; one without capitals matches capitals, too."""

    name = "pattern"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> re.Pattern[str]:
        """Compile it."""
        if isinstance(value, re.Pattern):
            return value
        try:
            return re.compile(value, re.IGNORECASE if value == value.lower() else 0)
        except (re.error, OverflowError, RecursionError) as error:
            self.fail(f"{value!r} is no regular expression: {error}", param, ctx)


MESH: Final = MeshIdType()
USER: Final = CheckedType("user", check_user_id)
DURATION: Final = DurationType()
MOMENT: Final = MomentType()
PATTERN: Final = PatternType()
