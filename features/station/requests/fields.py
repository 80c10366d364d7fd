"""Fields that several requests of the station have."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field

from meshvisor.features.station.model.names import LONGEST_NAME, check_name, check_user

MOST_LISTED: Final = 500
"""Things in one answer."""

LARGEST_REVISION: Final = 2**53

Name = Annotated[str, AfterValidator(check_name)]
UserName = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
    AfterValidator(check_user),
]
AfterName = Annotated[str, Field(max_length=LONGEST_NAME)]
"""The last name of the page before; empty: the first page."""
Limit = Annotated[int, Field(ge=1, le=MOST_LISTED)]
Revision = Annotated[int, Field(ge=0, le=LARGEST_REVISION)]
"""What was seen: it is changed only if it was not changed since; 0: there is none yet."""
