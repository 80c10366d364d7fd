"""What the operator who sets up a home has said by options, and whether it can be.

Owns the values and their checks.  Called by the options of `meshvisor init` and by its questions.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from meshvisor.features.fleet.cli.init.setup import Given, setups
from meshvisor.shared.errors import UsageError
from meshvisor.shared.model.mesh_id import check_mesh_id
from meshvisor.shared.settings.template import Choices

PROGRAM: Final = "program"
"""The transport of meshes that a command carries."""

_USER: Final = re.compile(r"(?P<before>mongodb(?:\+srv)?://[^:@/?]+)@")
# Up to the last @: a password that is not written as it must be is none to show either.
_PASSWORD: Final = re.compile(r"(?P<before>[^:]*://[^:@/]*):.*@")


@dataclass(frozen=True, slots=True)
class InitRequest:
    """What was said by options; None or empty: nothing."""

    added: Given = field(default_factory=dict)
    """Values of the options that features add, as far as they were given."""
    meshes: tuple[str, ...] = ()
    transport: str | None = None
    """What carries the messages of these meshes."""
    command: str | None = None
    """The program that does, and its arguments, as in a shell."""
    account: str | None = None
    """The account that the bot has there."""
    mongodb: str | None = None
    """A URI."""
    admin: str | None = None
    """A user id."""
    realm: str | None = None
    """The realm of the admin; None: that of the meshes."""
    force: bool = False
    """Replace files that say something else."""
    copy: bool = False
    """Copy the admins and permissions of var/meshvisor.db into a MongoDB that has none."""

    @property
    def choices(self) -> Choices | None:
        """Where the bots live; None: nothing was said about it.

        Raises:
            UsageError: only a part was said.
        """
        added = {k: v for setup in setups() for k, v in setup.mesh_settings(self.added).items()}
        if added and (self.command or self.transport not in (None, added["transport"])):
            raise UsageError(
                f"the meshes are on {added['transport']} by one option and elsewhere by another; "
                "leave one of them out"
            )
        elsewhere = bool(self.transport or self.command or added)
        if self.account and not elsewhere:
            raise UsageError(
                "an account is one of another network than the platform's; say which, with "
                "--transport NAME or --command COMMAND"
            )
        if elsewhere and not self.meshes:
            raise UsageError("say which mesh that is about, too, such as --mesh lobby")
        if not (self.added or self.meshes):
            return None
        settings = {k: v for setup in setups() for k, v in setup.settings(self.added).items()}
        transport = self.transport or str(added.get("transport", "")) or None
        said = mesh_settings(transport, self.command, self.account) if elsewhere else {}
        return Choices(settings, self.meshes, {**said, **added})


def mesh_settings(
    transport: str | None, command: str | None, account: str | None = None
) -> Mapping[str, str | tuple[str, ...]]:
    """Return what an entry of `[[meshes]]` says; a command alone means that it is a program."""
    found: dict[str, str | tuple[str, ...]] = {"transport": transport or PROGRAM}
    if command:
        found["command"] = check_command(command)
    if account:
        found["account"] = account
    return found


def check_command(text: str) -> tuple[str, ...]:
    """Return the words of a command line, or raise ValueError; no shell will be involved."""
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise ValueError(f"A quote is not closed in {text[:200]!r}") from error
    if not words:
        raise ValueError("A program is needed, such as python3 bridge.py")
    return words


def check_meshes(text: str) -> tuple[str, ...]:
    """Return the mesh ids of a list with blanks or commas, each once, or raise ValueError."""
    found = re.split(r"[\s,]+", text.strip(" ,"))
    if found == [""]:
        raise ValueError("At least one is needed, such as lobby")
    return tuple(dict.fromkeys(check_mesh_id(each) for each in found))


# ---- MongoDB URIs --------------------------------------------------------------------------------


def without_password(uri: str) -> str:
    """Return a URI as others may see it."""
    return _PASSWORD.sub(r"\g<before>:********@", uri, count=1)


def has_password(uri: str) -> bool:
    """Whether there is a password in a URI."""
    return _PASSWORD.match(uri) is not None


def lacks_password(uri: str) -> bool:
    """Whether a URI has a user and no password."""
    return _USER.match(uri) is not None


def with_password(uri: str, password: str) -> str:
    """Return a URI that lacks one with a password."""
    return _USER.sub(lambda found: f"{found['before']}:{quote(password, safe='')}@", uri, count=1)
