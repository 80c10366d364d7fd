"""What an entry of `[[meshes]]` says about a program, and one of `[accounts]`."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, model_validator

from meshvisor.shared.settings.section import Section

LONGEST_COMMAND: Final = 100
"""Words."""


def _word(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain NUL")
    return text


Word = Annotated[str, AfterValidator(_word)]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


def _command(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words[0].strip():
        raise ValueError("must begin with the name of a program")
    return words


class ProgramSettings(Section):
    """What an entry of `[[meshes]]` says beyond what all say."""

    command: Annotated[
        tuple[Word, ...],
        Field(min_length=1, max_length=LONGEST_COMMAND, examples=[["python3", "bridge.py"]]),
        AfterValidator(_command),
    ]
    """The program and its arguments; no shell is involved."""
    folder: Word = ""
    """Where it runs; below the home unless absolute.  Empty: the home."""
    environment: dict[Variable, Word] = Field(default_factory=dict)
    """Variables beside those of the supervisor; nothing secret, which belongs to an account."""
    options: dict[str, JsonValue] = Field(default_factory=dict)
    """Handed to the program as it is."""
    join_timeout: float = Field(30, gt=0, le=600)
    """Seconds that it may take to join."""


class ProgramAccount(Section):
    """What an account holds: whatever the program wants to know, as text."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="after")
    def _leaves_the_name(self) -> Self:
        if "name" in (self.model_extra or {}):
            # The program is told what the account is called under this one.
            raise ValueError("name is what stands behind the dot of [accounts.NAME]; rename it")
        return self
