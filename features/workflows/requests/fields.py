"""Fields that several requests have."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BeforeValidator, Field

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
