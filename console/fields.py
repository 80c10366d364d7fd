"""What bodies and fields of requests have in common.

Owns that nothing is taken for something else: no 0 for false, no number for a moment.  What the
document says is then what is accepted.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*")


class Body(BaseModel):
    """Base of bodies: types are as they are written, and nothing unknown is passed over."""

    model_config = ConfigDict(strict=True, extra="forbid")


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not (isinstance(value, str) and _MOMENT.fullmatch(value)):
        raise ValueError("write a moment as 2026-12-01T08:00:00+00:00")
    return datetime.fromisoformat(value)


Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A date and time with an offset, ISO 8601."""
