"""What an entry of `[[meshes]]` says about a program, and one of `[accounts]`."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, model_validator

from meshvisor.shared.settings.section import Section

LONGEST_COMMAND: Final = 100
"""Words."""


def _word(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain NUL")
    return text


Word = Annotated[str, AfterValidator(_word)]


def _variable(name: str) -> str:
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("must be letters (A-Z, a-z), digits and underscores, no digit first")
    return name


Variable = Annotated[str, AfterValidator(_variable)]


def _json(options: dict[str, Any]) -> dict[str, Any]:
    try:
        json.dumps(options, allow_nan=False)
    except ValueError:
        raise ValueError("must hold neither nan nor inf, which JSON does not have") from None
    return options


Options = Annotated[dict[str, JsonValue], AfterValidator(_json)]


def _command(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words[0].strip():
        raise ValueError("must begin with the name of a program")
    return words


class ProgramSettings(Section):
    """Settings of an entry of `[[meshes]]` beyond those of all transports."""

    command: Annotated[
        tuple[Word, ...],
        Field(min_length=1, max_length=LONGEST_COMMAND, examples=[["python3", "bridge.py"]]),
        AfterValidator(_command),
    ]
    """The program and its arguments; no shell is involved."""
    folder: Word = ""
    """Where it runs; below the home unless absolute.  Empty: the home."""
    environment: dict[Variable, Word] = Field(default_factory=dict, examples=[{"LANG": "C.UTF-8"}])
    """Variables beside those of the supervisor; nothing secret, which belongs to an account."""
    options: Options = Field(default_factory=dict, examples=[{"channels": ["#lobby"]}])
    """Handed to the program as it is."""
    join_timeout: float = Field(30, gt=0, le=600)
    """Seconds that it may take to join."""


class ProgramAccount(Section):
    """What an account holds: whatever the program wants to know, as text."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="after")
    def _leaves_the_name(self) -> Self:
        if "name" in (self.model_extra or {}):
            # The program gets what the account is called under this one.
            raise ValueError("name is what stands behind the dot of [accounts.NAME]; rename it")
        return self
