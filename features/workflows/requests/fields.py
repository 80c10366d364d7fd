"""Fields that several requests have."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MOST_LISTED: Final = 1_000

Ref = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
    Field(min_length=1, max_length=64),
]
"""A workflow, by its number or its name."""
Number = Annotated[int, Field(ge=1, le=2**53)]
Limit = Annotated[int, Field(ge=1, le=MOST_LISTED)]
Offset = Annotated[int, Field(ge=0, le=2**53)]

MOST_INPUTS: Final = 50
"""Of one template."""


class TemplateInput(BaseModel):
    """What a template asks for in the place of a value of the workflow that it is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Any
    """What stands there now, whole; wherever a trigger, a condition or a step has it."""
    description: str = Field("", max_length=500)
    required: bool = False
    """Whether it has to be given; else the value is its default."""
